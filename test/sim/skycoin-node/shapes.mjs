// How the node's REST API shows blocks, transactions and outputs: members and order as recorded at
// a 0.27.1 node.
import {formatAddress} from './address.mjs';
import {ZERO_HASH} from './bytes.mjs';
import {coinHours, formatCoins} from './coins.mjs';
import {encodeTransaction, outputAddress} from './transaction.mjs';
import {transactionFee} from './rules.mjs';

const NO_TXID = ZERO_HASH.toString('hex');

export const header = b => ({seq: b.seq, block_hash: b.hash, previous_block_hash: b.previous,
  timestamp: b.time, fee: b.fee, version: 0, tx_body_hash: b.bodyHash, ux_hash: b.uxHash});

// --- transactions -----------------------------------------------------------------------------

const output = o => ({uxid: o.uxid, dst: outputAddress(o), coins: formatCoins(o.coins), hours: o.hours});

export const transaction = t => ({length: t.length, type: t.type, txid: t.txid, inner_hash: t.innerHash,
  sigs: t.sigs.map(s => s.toString('hex')), inputs: t.inputs, outputs: t.outputs.map(output)});

const verboseInput = (o, headTime) => ({uxid: o.uxid, owner: formatAddress(o.body), coins: formatCoins(o.coins),
  src_txid: o.source, hours: o.hours, calculated_hours: coinHours(o, headTime)});

// `spent` are the outputs spent, `headTime` that of the head under which the fee was counted.
export function verboseTransaction(t, spent, headTime) {
  const {length, type, txid, inner_hash, sigs, outputs} = transaction(t);
  const fee = t.inputs.length ? transactionFee(t, spent, headTime) : 0n;
  return {length, type, txid, inner_hash, fee, sigs, inputs: spent.map(o => verboseInput(o, headTime)), outputs};
}

// Of v2: everything that may be large is text.
export function verifiedTransaction(t, spent, headTime) {
  return {length: t.length, type: t.type, txid: t.txid, inner_hash: t.innerHash,
    fee: String(feeShown(t, spent, headTime)), sigs: t.sigs.map(s => s.toString('hex')),
    inputs: spent.map(o => ({uxid: o.uxid, address: formatAddress(o.body), coins: formatCoins(o.coins),
      hours: String(o.hours), calculated_hours: String(coinHours(o, headTime)), timestamp: o.time,
      block: o.seq, txid: o.source})),
    outputs: t.outputs.map(o => ({uxid: o.uxid, address: outputAddress(o), coins: formatCoins(o.coins), hours: String(o.hours)}))};
}

function feeShown(t, spent, headTime) {
  try {
    return transactionFee(t, spent, headTime);
  } catch {
    return 0n;      // hours out of nothing: there is no fee to show
  }
}

export const rawHex = t => encodeTransaction(t).toString('hex');

// Status and transaction of what is in the pool or in a block; `form`: 'plain', 'verbose', 'encoded'.
export function transactionStatus(chain, found, form) {
  const {t, block} = found;
  const time = block ? block.time : BigInt(Math.floor(found.receivedMs / 1000));
  const status = {confirmed: !!block, unconfirmed: !block,
    height: block ? chain.head.seq - block.seq + 1n : 0n, block_seq: block ? block.seq : 0n};
  if (form === 'encoded') return {status, time, encoded_transaction: rawHex(t)};
  const shown = form === 'verbose' ? verboseTransaction(t, ...contextOf(chain, found)) : transaction(t);
  return {status, time, txn: {timestamp: time, ...shown}};
}

// The outputs a transaction spends and the head time that counted: of the block before its own.
function contextOf(chain, {t, block, spent}) {
  if (!block) return [chain.spentBy(t), chain.head.time];
  return [spent, chain.blocks[Number(block.seq) - 1]?.time ?? 0n];
}

export const pendingTransaction = ({t, receivedMs}) => {
  const received = new Date(receivedMs).toISOString();
  return {transaction: transaction(t), received, checked: received, announced: '0001-01-01T00:00:00Z', is_valid: true};
};

export function block(chain, b, verbose) {
  const show = t => verbose ? verboseTransaction(t, ...contextOf(chain, chain.confirmed.get(t.txid))) : transaction(t);
  return {header: header(b), body: {txns: b.transactions.map(show)}, size: b.size};
}

// --- outputs ----------------------------------------------------------------------------------

const unspent = (o, headTime) => ({hash: o.uxid, time: o.time, block_seq: o.seq, src_tx: o.source,
  address: formatAddress(o.body), coins: formatCoins(o.coins), hours: o.hours, calculated_hours: coinHours(o, headTime)});

const newestFirst = (a, b) => a.time !== b.time ? (a.time > b.time ? -1 : 1) : a.uxid < b.uxid ? -1 : 1;

// Head, outgoing and incoming outputs that `wanted` lets through.
export function outputSets(chain, wanted) {
  const head = [...chain.unspent.values()].filter(wanted);
  const spending = new Set(chain.pending().flatMap(t => t.inputs));
  const incoming = chain.pending().flatMap(t => t.outputs.map(o =>
    ({...o, source: t.txid, time: chain.head.time, seq: chain.head.seq}))).filter(wanted);
  return {head, outgoing: head.filter(o => spending.has(o.uxid)), incoming};
}

export function outputsAnswer(chain, wanted) {
  const sets = outputSets(chain, wanted);
  const list = outs => outs.sort(newestFirst).map(o => unspent(o, chain.head.time));
  return {head: header(chain.head), head_outputs: list(sets.head),
    outgoing_outputs: list(sets.outgoing), incoming_outputs: list(sets.incoming)};
}

function total(outs, headTime) {
  return {coins: outs.reduce((s, o) => s + o.coins, 0n), hours: outs.reduce((s, o) => s + coinHours(o, headTime), 0n)};
}

function balanceOf(chain, wanted) {
  const {head, outgoing, incoming} = outputSets(chain, wanted);
  const gone = new Set(outgoing);
  return {confirmed: total(head, chain.head.time),
    predicted: total([...head.filter(o => !gone.has(o)), ...incoming], chain.head.time)};
}

// `addresses`: text -> body.
export function balanceAnswer(chain, addresses) {
  const bodies = new Set(addresses.values());
  const each = [...addresses].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([text, body]) => [text, balanceOf(chain, o => o.body === body)]);
  return {...balanceOf(chain, o => bodies.has(o.body)), addresses: Object.fromEntries(each)};
}

export const uxout = (o, headTime) => ({uxid: o.uxid, time: o.time, src_block_seq: o.seq, src_tx: o.source,
  owner_address: formatAddress(o.body), coins: o.coins, hours: o.hours, calculated_hours: coinHours(o, headTime),
  spent_block_seq: o.spent?.seq ?? 0n, spent_tx: o.spent?.txid ?? NO_TXID});
