// The owner of the simulated chain's coins: pays for whatever the tests need by ordinary signed
// transactions, in blocks of their own, so that the pool is left to the tests.  It burns what
// hours its purse has earned and no more, so that it never runs dry and its payments stay valid when
// a reorganisation takes the time back; blocks allow that, pools need not.
import {generateKeys, pubkeyOf} from './keys.mjs';
import {addressOfPubkey, parseAddress} from './address.mjs';
import {coinHours} from './coins.mjs';
import {buildTransaction} from './transaction.mjs';

const [key] = generateKeys('bank of the simulated chain', 1).keys;
const body = parseAddress(key.address);
const OUTPUTS_MAX = 500;

// A day before the chain's first block: old enough to have hours to spare.
export const bankGenesis = now => ({address: key.address, coins: 100000000000000n, hours: 100000000000000n,
  time: BigInt(Math.floor(now() / 1000) - 86400)});

const banks = new Set();     // txids of what it has paid; thefts are not among them
export const isBanks = t => banks.has(t.txid);

// A block of one of the bank's own transactions that a reorganisation has made pending; null: there
// is none.  It has one purse, so they come first.
function confirmOwn(network) {
  const {chain} = network;
  const own = chain.pending().find(t => isBanks(t) && !chain.missingInput(t));
  return own ? network.makeBlock([own]) : null;
}

function pay(network, outputs) {
  const {chain} = network;
  const purse = [...chain.unspent.values()].filter(o => o.body === body)
    .reduce((a, b) => b.coins > a.coins ? b : a);
  const spent = outputs.reduce((s, o) => ({coins: s.coins + o.coins, hours: s.hours + o.hours}), {coins: 0n, hours: 0n});
  const t = buildTransaction([{uxid: purse.uxid, secret: key.secret}], [...outputs, {address: key.address,
    coins: purse.coins - spent.coins, hours: purse.hours - spent.hours}]);
  const error = chain.blockError(t);
  if (error) throw new Error(`bank: ${error}`);
  banks.add(t.txid);
  return network.makeBlock([t]);
}

// `count` outputs of `coins` to `address`.  No two outputs of a transaction may be equal: the nth of
// a transaction carries n hours more than asked for.
export function fund(network, address, count, coins, hours) {
  const blocks = [];
  while (confirmOwn(network));
  for (let left = count; left > 0; left -= OUTPUTS_MAX) {
    const outputs = Array.from({length: Math.min(left, OUTPUTS_MAX)}, (_, n) => ({address, coins, hours: hours + BigInt(n)}));
    blocks.push(pay(network, outputs));
  }
  return blocks;
}

// One transaction that pays `outputs` [{address, coins}], confirmed at once: of the bank, or of who has
// `secret`, from the largest output of that key.
export function payAtOnce(network, outputs, secret) {
  while (confirmOwn(network));
  const list = outputs.map((o, n) => ({...o, hours: BigInt(n + 1)}));     // no two of them are equal
  return secret ? payWith(network, list, secret) : pay(network, list);
}

function payWith(network, outputs, secret) {
  const {chain} = network;
  const address = addressOfPubkey(pubkeyOf(secret));
  const purse = [...chain.unspent.values()].filter(o => o.body === parseAddress(address))
    .reduce((a, b) => b.coins > a.coins ? b : a);
  const coins = purse.coins - outputs.reduce((sum, o) => sum + o.coins, 0n);
  const t = buildTransaction([{uxid: purse.uxid, secret}], [...outputs, {address, coins, hours: 1n}]);
  const error = chain.blockError(t);
  if (error) throw new Error(error);
  return network.makeBlock([t]);
}

// A block in which nobody but the bank takes part: time goes on.
export const tick = network => confirmOwn(network) ?? pay(network, []);

// A transaction that takes an output away from its owner, whose key is known: all of its coins go to
// the bank, half of its hours burn.
export function snatch(chain, uxid, secret) {
  const o = chain.unspent.get(uxid);
  if (!o) throw new Error(`no unspent output ${uxid}`);
  const t = buildTransaction([{uxid, secret}], [{address: key.address, coins: o.coins, hours: coinHours(o, chain.head.time) / 2n}]);
  const error = chain.blockError(t);
  if (error) throw new Error(error);
  return t;
}
