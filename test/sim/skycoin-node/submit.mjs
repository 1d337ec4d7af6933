// What a node does with a transaction that a client hands in, by whatever door: it is judged, kept,
// and broadcast.

// verdict: "refused" by a rule, or "no_peer": there is nobody to give it to.  The ledger is told, too.
export class Rejection extends Error {
  constructor(attempt, verdict, message) {
    super(message);
    attempt.message = message;
    this.verdict = attempt.verdict = verdict;
  }
}

// Answers its txid, or throws a Rejection.  The old generation keeps what it could not broadcast.
export function submit(node, t, attempt, {noBroadcast = false} = {}) {
  const {chain, generation} = node;
  const known = chain.pool.has(t.txid);
  const unheard = !node.peers && !noBroadcast;
  attempt.txid = t.txid;
  const error = chain.judge(t);
  if (error) throw new Rejection(attempt, 'refused', error);
  if (!unheard || generation.keepsUnsent) chain.addPending(t);
  if (unheard) throw new Rejection(attempt, 'no_peer', generation.noPeerText);
  if (!noBroadcast) node.network.broadcast(t);
  attempt.verdict = known ? 'pending' : 'accepted';
  return t.txid;
}
