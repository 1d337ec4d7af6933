// scannerd is killed 200 times while it catches up with 2,000 Bitcoin blocks that hold 500 deposits,
// and then during reorganisations, and while the blocks before its start are scanned by a rescan: each
// deposit is paid exactly once.  SEED=n in the environment repeats the choices that were made.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setTimeout as later} from 'node:timers/promises';
import {btcPool, customer} from '../e2e/lib/files.mjs';
import {until} from '../e2e/lib/wait.mjs';
import {assertBooks, atRest} from './lib/books.mjs';
import {CrashWorld} from './lib/crash_world.mjs';
import {Random, newSeed} from './lib/random.mjs';

const ADDRESSES = 50;
const DEPOSITS = 500;
const BLOCKS = 2000;
const AT_ONCE = 10;                  // outputs of one transaction
const DEATHS = 200;
const TURNS = 5;                     // reorganisations
const DEATHS_EACH = 4;               // during each of them, and
const DEATHS_OF_RESCAN = 12;
const LIFE_MS = [20, 90];            // of most of its lives; it needs some of it to start
const LONG_MS = [100, 180];          // of one in eight: some must get on
const RESCAN_LIFE_MS = [60, 160];
const NODE_MS = 16;                  // the node's delay, to begin with
const RESCAN_MS = 16;                // and during the rescan, of 2,000 blocks: it outlasts the first lives
const BEFORE = 60;                   // blocks with deposits that lie before the start of the scan
const LOOKS = 40;
const CALM_MS = 120000;

const satoshi = n => 100000 + 1000 * n;
const blockOf = pays => pays * AT_ONCE / DEPOSITS * BLOCKS;

// `outputs` in one transaction; sales as in sales.mjs.
async function payOnce(bitcoin, outputs, mine) {
  const {txid, hex} = await bitcoin.pay(outputs, {mine});
  return {hex, sales: outputs.map((o, n) => ({...o, id: `${txid}:${n}`}))};
}

async function payAll({bitcoin}, bound) {
  const sales = [];
  for (let n = 0; n < DEPOSITS; n += AT_ONCE) {
    const outputs = Array.from({length: AT_ONCE}, (_, i) => ({...bound[(n + i) % ADDRESSES], satoshi: satoshi(n + i)}));
    sales.push(...(await payOnce(bitcoin, outputs, BLOCKS * AT_ONCE / DEPOSITS)).sales);
  }
  return sales;
}

const cursor = async teller => (await teller.query('SELECT height FROM cursor'))[0]?.height ?? 0;
const rescanAt = async teller => (await teller.query("SELECT next_height AS at FROM rescan WHERE state = 'running'"))[0]?.at ?? -1;

// Kills scannerd `count` times; answers how often it was not `over` yet, of the LOOKS that were taken:
// a look takes as long as a life.
async function killWhile({world, random, count, life = LIFE_MS, look}) {
  let busy = 0;
  for (let n = 1; n <= count; n++) {
    await later(random.between(...random.oneIn(8) ? LONG_MS : life));
    if (n % Math.ceil(count / LOOKS) === 0) busy += await look(n / count);
    await world.kill(['scannerd']);
    await until('the next one', () => world.teller.daemons.scannerd.running);
  }
  return busy;
}

// Slows the node down, or lets it be quicker, so that the deaths are spread over all blocks.
class Pace {
  constructor({proxy, teller}, from, to) { Object.assign(this, {proxy, teller, from, to, ms: NODE_MS}); this.set(); }
  set() {
    this.proxy.faults.clear();
    this.proxy.faults.add({mode: 'delay', next: -1, ms: this.ms});
  }
  async look(part) {
    const at = await cursor(this.teller);
    this.ms = Math.min(400, Math.max(8, at > this.from + part * (this.to - this.from) ? 2 * this.ms : 0.7 * this.ms));
    this.set();
    return at < this.to;
  }
}

test('200 kills while catching up, more while the chain turns and while it is scanned again', {timeout: 3000000}, async suite => {
  const seed = newSeed();
  console.log(`SEED=${seed}`);
  const random = new Random(seed);
  const world = await CrashWorld.real(suite, {proxy: true, fund: 60, pool: btcPool(ADDRESSES / 5),
    conf: {btc_scanner: {confirmations_required: 2, initial_scan_height: 104 + BEFORE}}});
  const {teller, bitcoin, proxy} = world;
  world.startAll();
  await teller.ready();
  await teller.stop('scannerd');
  const bound = [];
  for (let n = 0; n < ADDRESSES; n++) bound.push({sky: customer(n % 40), address: await teller.bind(customer(n % 40))});
  const began = Date.now();
  const sales = await payAll(world, bound);
  const tip = await bitcoin.height();
  assert.ok(tip >= BLOCKS);
  console.log(`${tip} blocks after ${Date.now() - began} ms`);

  const pace = new Pace(world, 104 + BEFORE, tip);
  world.start('scannerd');
  const behind = await killWhile({world, random, count: DEATHS, look: part => pace.look(part)});
  console.log(`${behind} of ${LOOKS} looks before the tip, at ${await cursor(teller)}, ${Date.now() - began} ms`);
  assert.ok(behind >= LOOKS / 2);
  proxy.faults.clear();
  await until('the tip', async () => await cursor(teller) >= tip, {deadlineMs: CALM_MS});

  for (let n = 0; n < TURNS; n++) {
    const depth = random.between(1, 6);
    const outputs = Array.from({length: 2}, (_, i) => ({...bound[2 * n + i], satoshi: satoshi(DEPOSITS + 2 * n + i)}));
    const {hex, sales: more} = await payOnce(bitcoin, outputs, depth);
    sales.push(...more);
    await until('it to be seen', async () => await cursor(teller) >= await bitcoin.height());
    await bitcoin.drop(depth);
    await bitcoin.send(hex);
    await bitcoin.mine(depth + 1);
    await killWhile({world, random, count: DEATHS_EACH, look: () => 0});
  }

  Object.assign(pace, {ms: RESCAN_MS}).set();
  await until('the rescan', async () => (await teller.ctl('rescan', 'BTC', '50')).status === 0);
  const within = await killWhile({world, random, count: DEATHS_OF_RESCAN, life: RESCAN_LIFE_MS, look: async () => await rescanAt(teller) >= 0});
  console.log(`deaths during the rescan down to ${await rescanAt(teller)}, ${Date.now() - began} ms`);
  assert.ok(within >= 1);
  proxy.faults.clear();
  await until('the rescan to end', async () => (await teller.query("SELECT count(*) AS n FROM rescan WHERE state = 'done'"))[0].n === 1, {deadlineMs: CALM_MS});
  const [{found}] = await teller.query('SELECT found FROM rescan');
  const early = sales.filter((_, n) => n < DEPOSITS && blockOf(Math.floor(n / AT_ONCE)) + 1 < BEFORE);
  assert.equal(found, early.length);
  await bitcoin.mine(2);

  await atRest(teller, sales.length, {deadlineMs: CALM_MS});
  await assertBooks(world, sales);
  console.log(`${Date.now() - began} ms`);
});
