// The last days: deposits, what was received and what was sent, as charts and as a table.
import {barChart} from './chart.js';
import {el, refill} from './dom.js';
import {amount, count, units} from './format.js';
import {table} from './table.js';

const COINS = ['BTC', 'ETH', 'SKY'];

function charts(days) {
  const chart = (title, value, text) => barChart(title, days.map(d => ({name: d.period, value: value(d), text: text(d)})));
  const received = coin => chart(`Received, ${coin}`, d => units(d.received[coin], coin), d => `${amount(d.received[coin])} ${coin}`);
  const used = COINS.filter(c => days.some(d => units(d.received[c], c) > 0n));
  return [chart('Deposits', d => BigInt(d.deposits), d => count(d.deposits)),
    chart('Sent, SKY', d => units(d.sent), d => `${amount(d.sent)} SKY`), ...used.map(received)];
}

const row = d => [d.period, count(d.deposits), amount(d.sent), ...COINS.map(c => amount(d.received[c]))];

export class DaysView {
  constructor() {
    this.charts = el('div', {class: 'charts'});
    this.table = el('div');
    this.root = el('section', {'aria-labelledby': 'days'}, el('h2', {id: 'days'}, 'The last 30 days'), this.charts,
      el('details', {}, el('summary', {}, 'As a table'), this.table),
      el('p', {class: 'soft'}, 'Days are of UTC. A deposit counts on the day on which it was recorded, with what was sent for it up to now.'));
  }

  update({periods}) {
    refill(this.charts, periods, () => charts(periods));
    refill(this.table, periods, () => [table('Day by day', ['Day', 'Deposits', 'Sent, SKY', ...COINS.map(c => `Received, ${c}`)], [...periods].reverse().map(row))]);
  }
}
