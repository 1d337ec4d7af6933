// 2,000 payouts through daemons that are killed a thousand times and more, senderd above all, while
// the Skycoin node drops, lies, is late and forgets; then it is calm, and the books must agree to
// the droplet.  Run by `make soak`.  SEED=n in the environment repeats the choices that were made;
// the instants at which they strike are the machine's.
import {writeFileSync} from 'node:fs';
import {setTimeout as later} from 'node:timers/promises';
import {btcPool, customer} from '../e2e/lib/files.mjs';
import {until} from '../e2e/lib/wait.mjs';
import {assertBooks, atRest} from './lib/books.mjs';
import {CrashWorld} from './lib/crash_world.mjs';
import {Random, newSeed} from './lib/random.mjs';
import {bind} from './lib/sales.mjs';

const PAYOUTS = 2000;
const DEATHS = 1000;                // at least
const PER_DEATH = PAYOUTS / DEATHS; // so that money is on its way at every one
const ADDRESSES = 40;
const OUTPUTS = 12;                 // of the hot wallet
const SATOSHI = [1000, 200000];     // none is dust
const BURST = 20;
const SHORT_MS = [5, 150];
const LONG_MS = [150, 900];
const FAULT_MS = [30, 250];
const CALM_MS = 60000;
const SLOW_MS = 60000;
const INJECT = '/api/v1/injectTransaction';
const MODES = ['drop', 'error', 'lose', 'deny', 'half', 'garbage', 'delay'];

// Counts what is started, and does not wait for a daemon that ended by itself.
class SoakWorld extends CrashWorld {
  starts = 0;
  start(name, env) {
    this.starts++;
    super.start(name, env);
    this.teller.daemons[name].ended.then(({status, signal}) => {
      if (signal !== 'SIGKILL' && !this.over) this.failed ??= new Error(`${name} ended with ${status ?? signal}`);
    });
  }
  isOver(deaths) {
    if (this.failed) throw this.failed;
    return this.deaths.length >= deaths;
  }
}

// --- what happens to them -----------------------------------------------------------------------------

const victims = random => random.oneIn(10) ? ['senderd', 'exchangerd'] : [random.oneIn(8) ? 'exchangerd' : 'senderd'];

// Mostly soon after the start, now and then after some work.
async function killAll(world, random, done) {
  while (!done() || !world.isOver(DEATHS)) {
    await later(random.between(...random.oneIn(4) ? LONG_MS : SHORT_MS));
    await world.kill(victims(random));
  }
}

// The pool is gone, and for a moment nobody answers.
async function restartNode({sky}, random) {
  await sky.sim('listen', {on: false});
  await sky.sim('wipe');
  await later(random.under(200));
  await sky.sim('listen', {on: true});
}

async function misbehave(world, random, done) {
  while (!done()) {
    await later(random.between(...FAULT_MS));
    if (random.oneIn(6)) await restartNode(world, random);
    else if (random.oneIn(6)) await world.sky.sim('wipe');
    else await world.sky.sim('fail', {mode: random.oneOf(MODES), next: random.between(1, 3), ms: random.between(50, 400),
      status: random.oneOf([500, 502, 503]), path: random.oneIn(3) ? '/' : INJECT});
  }
  await world.sky.sim('fail', {mode: 'none'});
}

// --- what they have to do -------------------------------------------------------------------------------

async function bindAll(teller) {
  const bound = [];
  for (let n = 0; n < ADDRESSES; n++) bound.push({sky: customer(n), address: await bind(teller, customer(n))});
  return bound;
}

async function payIn(teller, sale) {
  await until('a deposit to be taken', () => teller.pretendDeposit(sale).then(() => true));
  return {...sale, id: `${sale.tx}:${sale.n}`};
}

// In bursts, no faster than daemons die.
async function payAll(world, random, bound) {
  const sales = [];
  while (sales.length < PAYOUTS) {
    const burst = Math.min(random.between(1, BURST), PAYOUTS - sales.length);
    for (let n = 0; n < burst; n++)
      sales.push(await payIn(world.teller, {...random.oneOf(bound), satoshi: random.between(...SATOSHI),
        tx: `soak${sales.length}`, n: 0, height: 100 + sales.length}));
    await until('more deaths', () => world.failed || world.isOver(sales.length / PER_DEATH), {deadlineMs: SLOW_MS});
    if (world.failed) throw world.failed;
  }
  return sales;
}

async function storm(world, seed) {
  let paid = false;
  const bound = await bindAll(world.teller);
  const kills = killAll(world, new Random(seed), () => paid);
  const trouble = misbehave(world, new Random(seed + 1), () => paid && world.isOver(DEATHS));
  const sales = payAll(world, new Random(seed + 2), bound).finally(() => { paid = true; });
  return (await Promise.all([sales, kills, trouble]))[0];
}

// --- figures ----------------------------------------------------------------------------------------------

const tally = names => names.reduce((m, n) => m.set(n, (m.get(n) ?? 0) + 1), new Map());
const inOrder = map => [...map].sort(([a], [b]) => a < b ? -1 : 1);

// Bytes of transactions that went out again, first times left aside.
function resent(injections) {
  const lengths = injections.map(i => i.rawtx);
  const first = new Set(lengths);
  const size = list => list.reduce((n, raw) => n + raw.length / 2, 0);
  return {times: lengths.length - first.size, bytes: size(lengths) - size([...first])};
}

async function figures(world, startedMs) {
  const {injections, head} = await world.sky.ledger();
  const [{txs, payouts}] = await world.teller.query(
    'SELECT (SELECT count(*) FROM payout_tx) AS txs, (SELECT count(*) FROM payout) AS payouts');
  const again = resent(injections);
  return [
    ...inOrder(tally(world.deaths)).map(([name, n]) => [`kills of ${name}`, n]),
    ['kills', world.deaths.length], ['restarts', world.starts - 4], ['payouts', payouts], ['transactions built', txs], ['blocks', head],
    ...inOrder(tally(injections.map(i => `${i.verdict}${i.fault ? `, ${i.fault}` : ''}`))).map(([v, n]) => [`injections: ${v}`, n]),
    ['injections', injections.length], ['sent again, times', again.times], ['sent again, bytes', again.bytes],
    ['duration, s', Math.round((Date.now() - startedMs) / 1000)]];
}

function print(rows) {
  for (const [name, value] of rows) console.log(`${name.padEnd(32)}${String(value).padStart(10)}`);
}

// --- the run ----------------------------------------------------------------------------------------------

async function soak(world, seed) {
  const startedMs = Date.now();
  world.startAll();
  await world.teller.ready();
  try {
    const sales = await storm(world, seed);
    await atRest(world.teller, sales.length, {deadlineMs: CALM_MS});
    await assertBooks(world, sales);
    await world.teller.ready();
  } finally {
    print(await figures(world, startedMs));
  }
}

const seed = newSeed();
console.log(`SEED=${seed}`);
const ends = [];
const world = await SoakWorld.pretended({after: end => ends.push(end)}, {pool: btcPool(20), fund: OUTPUTS});
try {
  await soak(world, seed);
  console.log('the books balance');
} catch (e) {
  process.env.TELLER_TEST_KEEP = '1';
  const report = world.teller.file('failure.txt');
  writeFileSync(report, e.stack);
  console.error(`${e.message.slice(0, 2000)}\nSEED=${seed}; all of it is in ${report}, beside the logs and the database`);
  process.exitCode = 1;
} finally {
  for (const end of ends) await end();
}
