// kill -9 at every named fault point of every daemon, at its first passings, in the middle of
// whole sales: afterwards the books agree to the droplet.
import assert from 'node:assert/strict';
import {readFileSync, readdirSync} from 'node:fs';
import {test} from 'node:test';
import {Proxy} from '../e2e/lib/bitcoin.mjs';
import {DAEMONS} from '../e2e/lib/teller.mjs';
import {assertBooks} from './lib/books.mjs';
import {CrashWorld} from './lib/crash_world.mjs';
import {declaredPoints} from './lib/points.mjs';
import {BALANCES, CAPS, CROWD, sellEther, sellOnRealChain, sellSkyForSky, sellToACrowd, sellUnderOperators, sellUntraced} from './lib/sales.mjs';
import {sellThroughTroubles} from './lib/troubles.mjs';

const AT_ONCE = 3;

const declared = declaredPoints();

// Passed only when a payment has bad luck.
const isTrouble = point => /^payer\.(hold|spent|dead|unconfirm|final)\./.test(point);
// Passed for each transaction.
const isPayment = point => /^payer\.(save|inject|sent|confirm)\./.test(point);
// Passed once in the life of a database, or seldom.
const isOnce = point => /^(payer\.pin|chain_pin|balances)\./.test(point);

// The node does not trace until the sale says so.
async function untracedWorld(suite) {
  const w = await CrashWorld.ether(suite, {conf: {eth_rpc: {trace: 'auto'}}});
  w.proxy = await Proxy.start(w.ethereum.url);
  w.proxy.refuse = body => body.includes('trace');
  w.teller.configure({eth_rpc: {server: w.proxy.server}});
  return w;
}

// Where a point is passed: scannerd's two chains have points of their own; what it and exchangerd
// do in a reorganisation is seen on the real one only.
const chains = {
  pretended: {
    world: suite => CrashWorld.pretended(suite, {conf: CAPS}),
    sell: sellUnderOperators,
    has: (daemon, point) => !/^(scanner|chain_pin|balances|rescan|trace_debts)\./.test(point) && !isTrouble(point),
    early: ({daemon, point}) => daemon === 'exchangerd' && point.startsWith('commit.'),
  },
  troubled: {
    world: suite => CrashWorld.pretended(suite),
    sell: sellThroughTroubles,
    has: (daemon, point) => isTrouble(point) || isPayment(point)
      || daemon === 'exchangerd' && point.startsWith('feed.'),
    early: ({point}) => /^(payer\.(save|inject|confirm)|feed)\./.test(point),
  },
  crowded: {
    world: suite => CrashWorld.pretended(suite, {conf: CROWD}),
    sell: sellToACrowd,
    has: (daemon, point) => daemon === 'senderd' && isPayment(point),
    early: ({point}) => isPayment(point),
  },
  real: {
    world: suite => CrashWorld.real(suite),
    sell: sellOnRealChain,
    has: (daemon, point) => daemon === 'scannerd' && !/^(dummy|chain_pin|balances|trace_debts)\./.test(point)
      || daemon === 'exchangerd' && point.startsWith('feed.'),
    early: ({daemon, point}) => daemon === 'scannerd' && !/^(scanner\.rewind|rescan)\./.test(point),
  },
  skycoin: {
    world: suite => CrashWorld.skycoin(suite),
    sell: sellSkyForSky,
    has: (daemon, point) => daemon === 'scannerd' && /^(scanner|chain_pin)\./.test(point),
    early: () => false,
  },
  ethereum: {
    world: suite => CrashWorld.real(suite, {ethereum: true, conf: BALANCES}),
    sell: sellEther,
    has: (daemon, point) => daemon === 'scannerd' && point.startsWith('balances.'),
    early: () => true,
  },
  untraced: {
    world: untracedWorld,
    sell: sellUntraced,
    has: (daemon, point) => daemon === 'scannerd' && point.startsWith('trace_debts.'),
    early: () => false,
  },
};

// Every daemon of a test build makes its file when it starts.
const linesOf = file => readFileSync(file, 'utf8').split('\n').filter(Boolean);

// The points that each daemon passes in an undisturbed sale.
async function pointsPassed(suite, {world, sell}) {
  const w = await world(suite);
  const log = name => w.teller.file(`${name}.points`);
  w.startAll(Object.fromEntries(DAEMONS.map(name => [name, {TELLER_FAULT_LOG: log(name)}])));
  const sales = await sell(w);
  await assertBooks(w, sales, {thefts: sales.thefts});
  await w.teller.ready();
  return Object.fromEntries(DAEMONS.map(name => [name, linesOf(log(name))]));
}

test('no fault point of the sources is missed', async suite => {
  const all = await Promise.all(Object.values(chains).map(chain => pointsPassed(suite, chain)));
  const passed = DAEMONS.map(name => [name, [...new Set(all.flatMap(points => points[name]))].sort()]);
  assert.deepEqual(Object.fromEntries(passed), declared);
});

// Armed from the start, or when the first payments are to come.
const stages = {
  'the start': (w, sell, daemon, env) => {
    w.startAll({[daemon]: env});
    return sell(w);
  },
  'the first payment': (w, sell, daemon, env) => {
    w.startAll();
    return sell(w, () => w.restart(daemon, env));
  },
};

async function killAt(suite, {world, sell}, stage, daemon, fault) {
  const w = await world(suite);
  const sales = await stages[stage](w, sell, daemon, {TELLER_FAULT: fault});
  await w.diesOf(daemon);
  assert.deepEqual(w.deaths, [daemon]);
  await assertBooks(w, sales, {thefts: sales.thefts});
  await w.teller.ready();
  assert.deepEqual(readdirSync(w.teller.file('backup')), [], 'a half-made backup is left');
}

// Each point at its first passings; those that are passed by mere scanning and binding also at the
// first ones with money in hand.
function killings(chain) {
  const points = DAEMONS.flatMap(daemon => declared[daemon].filter(p => chain.has(daemon, p)).map(point => ({daemon, point})));
  const from = (stage, passings) => k => passings.map(n => ({...k, stage, n}));
  return [...points.flatMap(k => from('the start', isOnce(k.point) ? [1] : [1, 2])(k)),
    ...points.filter(chain.early).flatMap(from('the first payment', [1, 2, 3, 4]))];
}

for (const [chainName, chain] of Object.entries(chains)) {
  test(`killed during a sale on the ${chainName} chain`, {concurrency: AT_ONCE}, suite =>
    Promise.all(killings(chain).map(({daemon, point, stage, n}) => suite.test(`${daemon} at ${point}, passing ${n} from ${stage} on`,
      t => killAt(t, chain, stage, daemon, `${point}:${n}`)))));
}
