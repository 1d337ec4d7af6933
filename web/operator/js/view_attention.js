// What needs a person, first: problems of the daemons, deposits with errors, payouts that are held.
import {el, refill} from './dom.js';
import {ago, at, count} from './format.js';

function problems(daemons) {
  return daemons.flatMap(d => d.problems.map(p => ({...p, daemon: d.name})))
    .sort((a, b) => (b.what === 'down') - (a.what === 'down') || a.since - b.since);
}

const problem = p => el('li', {},
  el('h3', {}, `${p.daemon}: ${p.what.replaceAll('_', ' ')}`), el('p', {}, p.text),
  el('p', {class: 'soft'}, 'Since ', el('time', {title: at(p.since)}, ago(p.since)), '. Customers: ', p.customers, '.'));

// A matter of its own: what, how many, where to look.
const matter = (title, text, ...more) => el('li', {}, el('h3', {}, title), el('p', {}, text), ...more);

export class AttentionView {
  constructor({onErrored}) {
    this.onErrored = onErrored;
    this.list = el('ul', {class: 'matters'});
    this.calm = el('p', {class: 'calm', hidden: true}, 'Nothing needs you.');
    this.root = el('section', {class: 'attention', 'aria-labelledby': 'attention'}, el('h2', {id: 'attention'}, 'Needs attention'), this.calm, this.list);
  }

  update({daemons, errored}) {
    const sender = daemons.find(d => d.name === 'senderd')?.detail ?? {};
    const exchange = daemons.find(d => d.name === 'exchangerd')?.detail ?? {};
    const found = problems(daemons);
    const told = what => found.some(p => p.what === what);     // then it stands there already
    const counts = {errored, held: told('payout_tx') ? 0 : sender.held, capped: told('payout_cap') ? 0 : sender.capped, unassigned: exchange.unassigned};
    refill(this.list, [found, counts], () => [...found.map(problem), ...this.matters(counts)]);
    this.calm.hidden = this.list.childElementCount > 0;
  }

  matters({errored, held = 0, capped = 0, unassigned = 0}) {
    return [
      errored > 0 && matter('Deposits with an error', `${count(errored)} of them.`, el('button', {type: 'button', onclick: this.onErrored}, 'Show them')),
      held > 0 && matter('Payments that are held', `${count(held)} that the network does not take: tellerctl tx list says why.`),
      capped > 0 && matter('Payouts that wait for approval', `${count(capped)} above a cap: tellerctl payout approve lets them go.`),
      unassigned > 0 && matter('Money that nobody was given an address for', `${count(unassigned)} payments to addresses that were not bound: decide by hand.`),
    ].filter(Boolean);
  }
}
