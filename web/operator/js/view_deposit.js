// One deposit: amounts, both transaction ids, the payout, and every change of its state with its reason.
import {el} from './dom.js';
import {amount, at, statusText} from './format.js';
import {table} from './table.js';

function facts(rows) {
  return el('dl', {class: 'facts'}, rows.filter(([, value]) => value !== '' && value !== null && value !== undefined)
    .map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))));
}

const code = text => text ? el('code', {}, text) : '';

const paidIn = ({deposit: d, ...more}) => facts([['State', `${statusText(d.status)} (${more.state})`], ['Error', d.error && el('strong', {class: 'bad'}, d.error)],
  ['Paid in', `${amount(more.deposit_coins)} ${d.coin_type}`], ['Rate', `${d.conversion_rate} SKY for a coin`], ['SKY owed', amount(more.sky_owed)],
  ['Left the chain', more.left_chain ? 'yes: the deposit’s block is gone' : ''], ['Recorded', at(more.recorded_at)], ['Changed', at(d.updated_at)],
  ['Bought', d.buy_method], ['SKY address', code(d.sky_address)], ['Deposit address', code(d.deposit_address)],
  ['Transaction paid in', code(d.deposit.tx)], ['Output', String(d.deposit.n)], ['Block', String(d.deposit.height)]]);

const paidOut = p => p === null ? el('p', {class: 'soft'}, 'There is none yet.')
  : facts([['State', p.state], ['Error', p.error && el('strong', {class: 'bad'}, p.error)], ['Amount', `${amount(p.amount)} SKY`],
    ['Transaction paid out', code(p.txid)], ['Replaces', code(p.replaces)], ['Created', at(p.created_at)], ['Changed', at(p.updated_at)]]);

const step = h => [String(h.step), at(h.at), h.from ? statusText(h.from) : '', statusText(h.to), h.why];

export class DepositView {
  constructor() {
    this.inside = el('div');
    this.close = el('button', {type: 'button', onclick: () => this.root.close()}, 'Close');
    this.root = el('dialog', {'aria-labelledby': 'one-deposit'}, this.inside, el('div', {class: 'buttons'}, this.close));
  }

  show(answer) {
    const {deposit, payout, history} = answer;
    this.inside.replaceChildren(el('h2', {id: 'one-deposit', tabindex: '-1', autofocus: true}, `Deposit #${deposit.seq}`), paidIn(answer),
      el('h3', {}, 'Payout'), paidOut(payout),
      el('h3', {}, 'History'), table('History', ['Step', 'Time', 'From', 'To', 'Why'], history.map(step)));
    if (!this.root.open) this.root.showModal();
  }

  showFault(text) {
    this.inside.replaceChildren(el('h2', {id: 'one-deposit', tabindex: '-1', autofocus: true}, 'Deposit'), el('p', {role: 'alert', class: 'bad'}, text));
    if (!this.root.open) this.root.showModal();
  }
}
