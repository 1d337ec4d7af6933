// The network behind the nodes: the publisher with its own pool, and the nodes that follow it.
//
// What a node broadcasts reaches the publisher and the pools of all other connected nodes; blocks
// reach every node that has peers, those that lag a few blocks late.  Nodes without peers stay where
// they are, and catch up when they have some again.
import {bankGenesis, isBanks} from './bank.mjs';
import {Chain} from './chain.mjs';
import {MODERN} from './rules.mjs';

export class Network {
  nodes = [];
  clockOffsetMs = 0;

  constructor({genesis, now = Date.now, keepLosersMs} = {}) {
    this.now = () => now() + this.clockOffsetMs;
    this.genesis = genesis ?? bankGenesis(this.now);
    this.keepLosersMs = keepLosersMs;
    this.chain = new Chain({genesis: this.genesis, policy: MODERN, now: this.now});     // the publisher's
  }

  // A chain at block 0, for a node that is going to follow.
  newChain(policy) {
    return new Chain({genesis: this.genesis, policy, now: this.now, keepLosersMs: this.keepLosersMs});
  }
  // One that has nothing in common with this one, of the same clock.
  other() {
    return new Network({now: this.now, keepLosersMs: this.keepLosersMs,
      genesis: {...this.genesis, time: this.genesis.time - 1n}});
  }

  join(node) {
    this.nodes.push(node);
    this.sync(node);
  }
  leave(node) { this.nodes = this.nodes.filter(n => n !== node); }
  connected() { return this.nodes.filter(n => n.peers > 0); }

  // --- transactions ----------------------------------------------------------------------------

  broadcast(t) {
    for (const chain of [this.chain, ...this.connected().map(n => n.chain)])
      if (!chain.missingInput(t)) chain.addPending(t);
  }
  // Connected nodes offer what waits in their pools, again and again.
  announce() {
    for (const node of this.connected()) node.chain.pending().forEach(t => this.broadcast(t));
  }
  // Everything pending anywhere, by txid.
  pending() {
    return new Map([this.chain, ...this.nodes.map(n => n.chain)].flatMap(c => c.pending().map(t => [t.txid, t])));
  }
  // Nobody has ever heard of it; without a txid, of anything that is pending.
  forget(txid) {
    for (const {pool} of [this.chain, ...this.nodes.map(n => n.chain)])
      if (txid) pool.delete(txid); else pool.clear();
  }

  // --- blocks ----------------------------------------------------------------------------------

  // A block of `transactions`, or of what is pending; null when there is nothing to put in.
  makeBlock(transactions, time) {
    this.announce();
    const block = this.chain.makeBlock(transactions, time);
    this.chain.sweepPool(true);
    this.syncAll();
    return block;
  }

  autoBlock(ms) {
    clearInterval(this.auto);
    this.auto = ms ? setInterval(() => this.makeBlock(), ms) : null;
  }

  // Takes back the newest `depth` blocks; answers them, oldest first.  What was in them is pending
  // again, or forgotten; the bank's is never forgotten.
  reorganise(depth, forget) {
    if (depth >= this.chain.blocks.length) throw new Error('block 0 stays');
    const taken = Array.from({length: depth}, () => this.chain.takeBack()).reverse();
    const transactions = taken.flatMap(b => b.transactions);
    this.syncAll();
    for (const t of transactions)
      if (forget && !isBanks(t)) this.forget(t.txid);
      else this.chain.addPending(t);
    return taken;
  }

  syncAll() { this.connected().forEach(n => this.sync(n)); }

  // Takes a node to where it stands: `lag` blocks behind the publisher.
  sync({chain, lag = 0}) {
    const target = this.chain.blocks.slice(0, Math.max(1, this.chain.blocks.length - lag));
    while (chain.head.hash !== target[chain.blocks.length - 1]?.hash)
      chain.takeBack().transactions.forEach(t => chain.addPending(t));
    for (const b of target.slice(chain.blocks.length)) chain.append(b.transactions, b.time);
    chain.sweepPool();
  }
}
