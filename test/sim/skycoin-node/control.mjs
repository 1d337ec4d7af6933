// The tests' hand on the node: POST JSON to /_sim/<name>; GET /_sim/ledger.  None of the node's own
// checks apply here.
import {fund, payAtOnce, snatch, tick} from './bank.mjs';
import {parseCoins} from './coins.mjs';
import {ledgerAnswer} from './ledger.mjs';

const shownBlock = b => b && {seq: Number(b.seq), hash: b.hash, txids: b.transactions.map(t => t.txid)};

// What somebody else is to spend: an output, or the first input of a pending transaction that is
// still there.
function outputToSnatch({home: network}, {uxid, txid}) {
  if (uxid) return uxid;
  const found = network.pending().get(txid);
  if (!found) throw new Error(`nothing pending is ${txid}`);
  return found.inputs.find(id => network.chain.unspent.has(id)) ?? found.inputs[0];
}

const commands = {
  // --- the network that the nodes were started in: all of them see it ---

  // {address, count, coins: "12.5", hours}: confirmed at once; every output has at least `hours`
  fund({home: network}, {address, count = 1, coins, hours = 1000}) {
    return fund(network, address, count, parseCoins(coins), BigInt(hours)).map(shownBlock);
  },
  // {outputs: [{address, coins: "12.5"}], secret: hex}: one transaction, confirmed at once; without a
  // secret the bank's, which a reorganisation never forgets
  pay({home: network}, {outputs, secret}) {
    const list = outputs.map(o => ({address: o.address, coins: parseCoins(o.coins)}));
    const block = payAtOnce(network, list, secret && Buffer.from(secret, 'hex'));
    return {...shownBlock(block), txid: block.transactions[0].txid};
  },
  // one block of what is pending; null when nothing is
  block({home: network}) { return shownBlock(network.makeBlock()); },
  // {count}: blocks in which only the bank takes part
  tick({home: network}, {count = 1}) { return Array.from({length: count}, () => shownBlock(tick(network))); },
  // {ms}: a block whenever something is pending, looked at every ms; 0: none
  auto({home: network}, {ms}) { network.autoBlock(ms); },
  // {advance_s}
  clock({home: network}, {advance_s: s}) { network.clockOffsetMs += s * 1000; },
  // {depth, forget}: the newest blocks never were; what was in them is pending again, or forgotten
  reorg({home: network}, {depth = 1, forget = false}) { return network.reorganise(depth, forget).map(shownBlock); },
  // {uxid or txid, secret: hex}: a transaction of somebody else who has the key takes that output, or
  // the first input of that pending transaction, and is confirmed at once; {confirm: false}: pending
  doublespend(node, {secret, confirm = true, ...which}) {
    const {home: network} = node;
    const t = snatch(network.chain, outputToSnatch(node, which), Buffer.from(secret, 'hex'));
    if (confirm) network.makeBlock([t]);
    else network.broadcast(t);
    return {txid: t.txid, uxid: t.inputs[0], seq: confirm ? Number(network.chain.head.seq) : null};
  },
  // {txid}: no node knows it any longer
  forget({home: network}, {txid}) { network.forget(txid); },
  // no node knows anything pending any longer
  wipe({home: network}) { network.forget(); },

  // --- this node ---

  // {count}: connections to the network; without any it hears and says nothing
  peers(node, {count}) { node.setPeers(count); },
  // {blocks, forget}: stands that many blocks behind what its peers report, from now on; what is in
  // those blocks is still pending there, or unknown
  behind(node, {blocks, forget = false}) { node.setLag(blocks, forget); },
  // {other}: a node of another chain, or of the first one again
  genesis(node, {other = true}) { node.setChain(other); },
  // {name}: be a node of another coin
  coin(node, {name}) { node.coin = name; },
  // its own pool is empty, as after a restart with an emptied database
  restart(node) { node.chain.pool.clear(); },
  // drop pending transactions whose input is gone
  sweep(node) { node.chain.sweepPool(true); },
  // {mode, next, path, status, ms}: see faults.mjs; {only: true}: instead of all before; {mode: "none"} clears
  fail(node, {only = false, ...order}) {
    if (only || order.mode === 'none') node.faults.clear();
    if (order.mode !== 'none') node.faults.add(order);
  },
  // {on, door}: whether the node's ports, or only "rest" or "rpc", are open; the control port stays
  listen(node, {on, door}) { return on ? node.open(door) : node.close(door); },
  // {name}: restarted as a node of that generation
  generation(node, {name}) { return node.upgrade(name); },
};

export async function control(node, name, method, text) {
  if (name === 'ledger' && method === 'GET') return {status: 200, value: ledgerAnswer(node)};
  const command = Object.hasOwn(commands, name) && commands[name];
  if (!command || method !== 'POST') return {status: 404, value: {error: `no such control: ${method} ${name}`}};
  try {
    return {status: 200, value: await command(node, text ? JSON.parse(text) : {}) ?? {}};
  } catch (e) {
    return {status: 400, value: {error: e.message}};
  }
}
