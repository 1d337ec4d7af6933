// The tests' hand on the node: POST JSON to /_sim/<name>; GET /_sim/ledger.  None of the node's own
// checks apply here.
import {fund, tick} from './bank.mjs';
import {parseCoins} from './coins.mjs';
import {ledgerAnswer} from './ledger.mjs';

const shownBlock = b => b && {seq: Number(b.seq), hash: b.hash, txids: b.transactions.map(t => t.txid)};

const commands = {
  // {address, count, coins: "12.5", hours}: confirmed at once; every output has at least `hours`
  fund(node, {address, count = 1, coins, hours = 1000}) {
    return fund(node.chain, address, count, parseCoins(coins), BigInt(hours)).map(shownBlock);
  },
  // one block of what is pending; null when nothing is
  block(node) { return shownBlock(node.makeBlock()); },
  // {count}: blocks in which only the bank takes part
  tick(node, {count = 1}) { return Array.from({length: count}, () => shownBlock(tick(node.chain))); },
  // {ms}: a block whenever something is pending, looked at every ms; 0: none
  auto(node, {ms}) { node.autoBlock(ms); },
  // {count}: connections to the network
  peers(node, {count}) { node.peers = count; },
  // {mode, next, path, status, ms}: see faults.mjs; {mode: "none"} clears
  fail(node, order) { if (order.mode === 'none') node.faults.clear(); else node.faults.add(order); },
  // drop everything pending, as a restart with an emptied database would
  wipe(node) { node.chain.pool.clear(); },
  // drop pending transactions whose input is gone
  sweep(node) { node.chain.sweepPool(true); },
  // {name}: be a node of another coin
  coin(node, {name}) { node.coin = name; },
  // {advance_s}
  clock(node, {advance_s: s}) { node.clockOffsetMs += s * 1000; },
  // {on}: whether the node's port is open; the control port stays
  listen(node, {on}) { return on ? node.open() : node.close(); },
};

export async function control(node, name, method, text) {
  if (name === 'ledger' && method === 'GET') return {status: 200, value: ledgerAnswer(node.chain, node.ledger)};
  const command = Object.hasOwn(commands, name) && commands[name];
  if (!command || method !== 'POST') return {status: 404, value: {error: `no such control: ${method} ${name}`}};
  try {
    return {status: 200, value: await command(node, text ? JSON.parse(text) : {}) ?? {}};
  } catch (e) {
    return {status: 400, value: {error: e.message}};
  }
}
