// What a test needs to prove that sums are exact: everything confirmed, and every attempt to inject
// with what became of it.  Amounts are decimal texts of droplets.
import {formatAddress} from './address.mjs';
import {rawHex} from './shapes.mjs';

const amounts = o => ({uxid: o.uxid, address: formatAddress(o.body), droplets: String(o.coins), hours: String(o.hours)});

const confirmed = ({t, block, spent}) => ({txid: t.txid, block: Number(block.seq), raw: rawHex(t),
  inputs: spent.map(amounts), outputs: t.outputs.map(amounts)});

// Injections in the order they came: {n, at_ms, rawtx, txid, verdict, status, message, fault?}.
// verdict: accepted, pending (accepted again), refused by a rule or as no transaction, no_peer,
// forbidden (token, host, ...), untouched (a fault came first).
export class Ledger {
  attempts = [];
  requests = {};      // path -> how often it was asked for, faults included
  count(path) { this.requests[path] = (this.requests[path] ?? 0) + 1; }
  begin(rawtx, atMs) {
    const attempt = {n: this.attempts.length, at_ms: atMs, rawtx, txid: null, verdict: 'untouched', status: 0, message: ''};
    this.attempts.push(attempt);
    return attempt;
  }
}

// `confirmed` and `pending` are the whole network's, whatever chain the node is on just now, the rest this node's.
export const ledgerAnswer = ({home: network, ledger}) => ({
  head: Number(network.chain.head.seq),
  confirmed: [...network.chain.confirmed.values()].filter(c => c.t.inputs.length).map(confirmed),
  pending: [...network.pending().values()].map(t => ({txid: t.txid, inputs: t.inputs, outputs: t.outputs.map(amounts)})),
  injections: ledger.attempts,
  requests: ledger.requests,
});
