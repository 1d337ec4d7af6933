// The same as shapes.mjs for the old generation: fewer members, recorded at a 0.22.0 node.
import * as show from './shapes.mjs';

export function header(b) {
  const {ux_hash: _, ...rest} = show.header(b);
  return rest;
}

export const block = b => ({header: header(b), body: {txns: b.transactions.map(show.transaction)}});

function timedTransaction(t, timestamp) {
  const {length, type, txid, inner_hash, ...rest} = show.transaction(t);
  return {length, type, txid, inner_hash, timestamp, ...rest};
}

export function transactionStatus(chain, found) {
  const {status, time} = show.transactionStatus(chain, found, 'plain');
  return {status: {...status, unknown: false}, time, txn: timedTransaction(found.t, time)};
}

export function pendingTransaction(found) {
  const shown = show.pendingTransaction(found);
  return {...shown, announced: shown.received};
}

export function outputs(chain, bodies) {
  const {head: _, ...lists} = show.outputsAnswer(chain, o => !bodies || bodies.has(o.body));
  return lists;
}

// An address without a confirmed output counts as empty, whatever is on its way to it.
export function balance(chain, addresses) {
  const owners = new Set([...chain.unspent.values()].map(o => o.body));
  const {addresses: _, ...sums} = show.balanceAnswer(chain, new Map([...addresses].filter(([, body]) => owners.has(body))));
  return sums;
}

export function uxout(o) {
  const {calculated_hours: _, ...rest} = show.uxout(o, o.time);
  return rest;
}
