// The wallet and how long it lasts, what waits, the pools of deposit addresses, the disk.
import {el, refill} from './dom.js';
import {amount, bytes, count, sky, units} from './format.js';

const DAYS = 7;         // of which the run-out is an average
const LOW_POOL = 100;

const figure = (name, value, note, low) => el('div', {class: low ? 'figure low' : 'figure'}, el('dt', {}, name), el('dd', {}, value, note && el('small', {}, note)));

// Whole days for which `have` droplets last; null when nothing is sold.
function daysLeft(have, periods) {
  const sold = periods.slice(-DAYS).reduce((sum, p) => sum + units(p.sent), 0n);
  return sold > 0n ? Number(have * BigInt(DAYS) / sold) : null;
}

function runOut(have, periods) {
  const days = daysLeft(have, periods);
  if (days === null) return `nothing was sent in ${DAYS} days`;
  return `${days > 999 ? 'more than 999' : count(days)} days at the pace of the last ${DAYS}`;
}

function walletFigures(sender, periods) {
  if (!sender?.up) return [figure('Hot wallet', 'not known', 'senderd does not answer', true)];
  const {waiting = 0, waiting_coins: owed = '0', open = 0} = sender.detail ?? {};
  const have = units(sender.balance.coins) - units(owed);
  return [figure('Hot wallet', `${amount(sender.balance.coins)} SKY`, `${amount(sender.balance.hours)} coin hours`),
    figure('Lasts', have > 0n ? runOut(have, periods) : `short of ${sky(-have)} SKY for what waits`, '', have <= 0n),
    figure('Payouts', `${count(waiting)} waiting`, `${amount(owed)} SKY; ${count(open)} under way`)];
}

function poolFigures(exchange) {
  if (!exchange?.detail) return [figure('Deposit addresses', 'not known', 'exchangerd does not answer', true)];
  return Object.entries(exchange.detail.pool ?? {}).map(([coin, left]) => figure(`${coin} addresses left`, count(left), '', left < LOW_POOL));
}

function diskFigures(exchange) {
  const {disk_free_bytes: free, database_bytes: size, wal_bytes: wal} = exchange?.detail ?? {};
  return free === undefined ? [] : [figure('Disk', `${bytes(free)} free`, `database ${bytes(size)}, its log ${bytes(wal)}`)];
}

export class FiguresView {
  constructor() {
    this.list = el('dl', {class: 'figures'});
    this.root = el('section', {'aria-labelledby': 'figures'}, el('h2', {id: 'figures'}, 'Wallet and pools'), this.list);
  }

  update({daemons, periods}) {
    const [sender, exchange] = ['senderd', 'exchangerd'].map(name => daemons.find(d => d.name === name));
    refill(this.list, [sender, exchange, periods], () => [...walletFigures(sender, periods), ...poolFigures(exchange), ...diskFigures(exchange)]);
  }
}
