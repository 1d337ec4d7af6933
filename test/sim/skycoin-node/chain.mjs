// The state of the node: blocks, outputs, and the pool of pending transactions.
//
// The pool takes any transaction that is valid against the confirmed outputs, also two that spend
// the same one; a block takes one of them.  The loser then stays in the pool until it is swept, and
// while it is there the node cannot say what is unspent (a real node answers 500): both as recorded.
//
// Times are BigInt seconds; a block's is greater than its predecessor's.
import {sha256, u32, u64, ZERO_HASH} from './bytes.mjs';
import {missingInputError, softError, transactionFee} from './rules.mjs';
import {genesisTransaction} from './transaction.mjs';

const ZERO = ZERO_HASH.toString('hex');
const bytes = hex => Buffer.from(hex, 'hex');

// Root of the txids, padded with zero hashes to a power of two; a single txid is its own root.
export function merkleRoot(txids) {
  let row = txids.map(bytes);
  while (row.length & (row.length - 1)) row.push(ZERO_HASH);
  while (row.length > 1)
    row = Array.from({length: row.length / 2}, (_, n) => sha256(row[2 * n], row[2 * n + 1]));
  return row[0].toString('hex');
}

function headerHash(b) {
  return sha256(u32(0), u64(b.time), u64(b.seq), u64(b.fee),
    bytes(b.previous), bytes(b.bodyHash), bytes(b.uxHash)).toString('hex');
}

const snapshot = o => BigInt('0x' + sha256(bytes(o.source), bytes(o.body), u64(o.coins), u64(o.hours),
  u64(o.time), u64(o.seq)).toString('hex'));

export class Chain {
  constructor({genesis, policy, now, keepLosersMs = 60000}) {
    Object.assign(this, {policy, now, keepLosersMs});
    this.blocks = [];
    this.outputs = new Map();       // uxid -> every output there ever was, with `spent` when it is
    this.unspent = new Map();       // uxid -> the confirmed unspent ones
    this.confirmed = new Map();     // txid -> {t, block, spent}
    this.pool = new Map();          // txid -> {t, receivedMs}
    this.snapshots = 0n;            // xor of the snapshot hashes of all unspent outputs
    this.newest = 0n;               // time of the newest block there ever was
    this.append([genesisTransaction(genesis.address, genesis.coins, genesis.hours)], genesis.time);
  }

  get head() { return this.blocks.at(-1); }

  // --- judging ---------------------------------------------------------------------------------

  missingInput(t) { return t.inputs.find(id => !this.unspent.has(id)); }
  spentBy(t) { return t.inputs.map(id => this.unspent.get(id)); }

  // Hard and soft rules, for a transaction whose inputs are all unspent.
  constraintError(t) {
    const spent = this.spentBy(t);
    return this.policy.hardError(t, spent, this.head.time) ?? softError(t, spent, this.head.time, this.policy);
  }

  // What keeps a transaction out of any block: less than what keeps it out of the pool.
  blockError(t) {
    const missing = this.missingInput(t);
    return missing ? missingInputError(missing) : this.policy.hardError(t, this.spentBy(t), this.head.time);
  }

  // Null when a transaction handed in over the API is acceptable, else the node's text.
  judge(t) {
    const user = this.policy.userError(t);
    if (user) return user;
    const missing = this.missingInput(t);
    return missing ? missingInputError(missing) : this.constraintError(t);
  }

  // --- the pool --------------------------------------------------------------------------------

  addPending(t) {
    if (!this.pool.has(t.txid)) this.pool.set(t.txid, {t, receivedMs: this.now()});
  }

  pending() { return [...this.pool.values()].map(p => p.t); }

  // Drops what has lost a race for an output, `keepLosersMs` after it came in; `all`: at once.
  sweepPool(all = false) {
    for (const [txid, p] of this.pool) {
      const old = all || this.now() - p.receivedMs >= this.keepLosersMs;
      if (old && this.missingInput(p.t)) this.pool.delete(txid);
    }
  }

  // A pending transaction's input that is gone: what makes the node's own lookups fail.
  brokenInput() {
    for (const {t} of this.pool.values()) {
      const missing = this.missingInput(t);
      if (missing) return missing;
    }
    return null;
  }

  // --- blocks ----------------------------------------------------------------------------------

  // What the publisher would put into the next block: best fee for its size first, one spender for
  // an output, no more bytes than a block holds.
  choose() {
    const price = t => transactionFee(t, this.spentBy(t), this.head.time) * 1024n / BigInt(t.size);
    const ready = this.pending().filter(t => !this.missingInput(t)).map(t => ({t, price: price(t)}));
    ready.sort((a, b) => a.price > b.price ? -1 : a.price < b.price ? 1 : a.t.txid < b.t.txid ? -1 : 1);
    const used = new Set();
    let room = this.policy.maxSize;
    return ready.map(r => r.t).filter(t => {
      if (t.size > room || t.inputs.some(id => used.has(id))) return false;
      t.inputs.forEach(id => used.add(id));
      room -= t.size;
      return true;
    });
  }

  // Makes a block of `transactions` (default: of what the pool offers); null when there is nothing
  // to put in, for there are no empty blocks.
  makeBlock(transactions = this.choose(), time = this.nextTime()) {
    return transactions.length ? this.append(transactions, time) : null;
  }

  nextTime() {
    const clock = BigInt(Math.floor(this.now() / 1000));
    return clock > this.newest ? clock : this.newest + 1n;
  }

  append(transactions, time) {
    const block = {seq: BigInt(this.blocks.length), time, previous: this.head?.hash ?? ZERO, transactions,
      fee: transactions.reduce((sum, t) => sum + this.feeOf(t), 0n),
      bodyHash: merkleRoot(transactions.map(t => t.txid)),
      uxHash: this.snapshots.toString(16).padStart(64, '0'),
      size: transactions.reduce((sum, t) => sum + t.size, 0)};
    block.hash = headerHash(block);
    for (const t of transactions) this.apply(t, block);
    this.blocks.push(block);
    if (time > this.newest) this.newest = time;
    return block;
  }

  // The newest block never was; its transactions are the caller's.
  takeBack() {
    const block = this.blocks.pop();
    for (const t of [...block.transactions].reverse()) this.undo(t);
    return block;
  }

  undo(t) {
    for (const o of t.outputs) this.uncreate(this.outputs.get(o.uxid));
    for (const o of this.confirmed.get(t.txid).spent) this.unspend(o);
    this.confirmed.delete(t.txid);
  }

  feeOf(t) {
    return t.inputs.length ? transactionFee(t, this.spentBy(t), this.head.time) : 0n;
  }

  apply(t, block) {
    const spent = this.spentBy(t);
    for (const o of spent) this.spend(o, t, block);
    for (const o of t.outputs) this.create(o, t, block);
    this.confirmed.set(t.txid, {t, block, spent});
    this.pool.delete(t.txid);
  }

  spend(o, t, block) {
    if (!o) throw new Error(`block ${block.seq} spends what is not there`);
    o.spent = {seq: block.seq, txid: t.txid};
    this.unspent.delete(o.uxid);
    this.snapshots ^= snapshot(o);
  }
  unspend(o) {
    o.spent = null;
    this.unspent.set(o.uxid, o);
    this.snapshots ^= snapshot(o);
  }

  create(o, t, block) {
    const out = {...o, source: t.inputs.length ? t.txid : ZERO, time: block.time, seq: block.seq, spent: null};
    this.outputs.set(out.uxid, out);
    this.unspent.set(out.uxid, out);
    this.snapshots ^= snapshot(out);
  }
  uncreate(o) {
    this.outputs.delete(o.uxid);
    this.unspent.delete(o.uxid);
    this.snapshots ^= snapshot(o);
  }
}
