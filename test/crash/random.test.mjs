// 300 deposits flow through daemons that are killed at any moment, one or two at once, while the
// Bitcoin chain reorganises and both nodes misbehave; then it is calm, and the books must agree to
// the droplet.  SEED=n in the environment repeats the choices that were made.
import {test} from 'node:test';
import {setTimeout as later} from 'node:timers/promises';
import {btcPool, customer} from '../e2e/lib/files.mjs';
import {DAEMONS} from '../e2e/lib/teller.mjs';
import {assertBooks, atRest} from './lib/books.mjs';
import {CrashWorld} from './lib/crash_world.mjs';
import {Random, newSeed} from './lib/random.mjs';
import {bind} from './lib/sales.mjs';

const ADDRESSES = 60;
const DEPOSITS_EACH = 5;
const DEPOSITS = ADDRESSES * DEPOSITS_EACH;
const PER_BLOCK = 10;
const SATOSHI = [150, 2000000];     // a few are dust
const DEATHS = 60;                   // at least
const KILL_MS = [50, 400];
const FAULT_MS = [20, 120];
const CALM_MS = 180000;
const CUSTOMERS = 40;
const OUTPUTS = 3;                   // of the hot wallet: change is waited for
const INJECT = '/api/v1/injectTransaction';

// Until `over()`: every now and then something happens that the service must survive.
async function nowAndThen(random, [low, high], over, something) {
  while (!over()) {
    await later(random.between(low, high));
    await something(random);
  }
}

const killSome = world => random => world.kill(random.some(DAEMONS, random.oneIn(4) ? 2 : 1));

const anyFault = random => ({mode: random.oneOf(['drop', 'error', 'lose', 'half', 'garbage', 'delay']),
  next: random.between(1, 3), ms: random.between(50, 300)});

// A node errs, or the Skycoin node forgets what is pending.
const misbehave = ({sky, proxy}) => async random => {
  if (random.oneIn(2)) proxy.faults.add(anyFault(random));
  else if (random.oneIn(8)) await sky.sim('wipe');
  else await sky.sim('fail', {...anyFault(random), path: random.oneIn(2) ? INJECT : '/'});
};

async function behave({sky, proxy}) {
  proxy.faults.clear();
  await sky.sim('fail', {mode: 'none'});
}

async function bindAll(teller) {
  const bound = [];
  for (let n = 0; n < ADDRESSES; n++) {
    const sky = customer(n % CUSTOMERS);
    bound.push({sky, address: await bind(teller, sky)});
  }
  return bound;
}

// Pays a few in one transaction; every third block is replaced by another with the same payments.
async function payBlock(bitcoin, random, outputs) {
  const {txid, hex} = await bitcoin.pay(outputs);
  if (random.oneIn(3)) {
    await later(random.under(200));
    await bitcoin.drop(1);
    await bitcoin.send(hex);
    await bitcoin.mine(2);
  }
  return outputs.map((o, n) => ({...o, id: `${txid}:${n}`}));
}

// Adds what it has paid to `sales`.
async function payAll({teller, bitcoin}, random, sales) {
  const bound = await bindAll(teller);
  const due = bound.flatMap(b => Array.from({length: DEPOSITS_EACH}, () => ({...b, satoshi: random.between(...SATOSHI)})));
  while (due.length) {
    const outputs = random.some(due, PER_BLOCK);
    for (const o of outputs) due.splice(due.indexOf(o), 1);
    sales.push(...await payBlock(bitcoin, random, outputs));
    await later(random.under(300));
  }
}

test('300 deposits, random kills, misbehaving nodes', async suite => {
  const seed = newSeed();
  console.log(`SEED=${seed}`);
  const world = await CrashWorld.real(suite, {pool: btcPool(20), proxy: true, fund: OUTPUTS});
  world.startAll();

  const sales = [];
  let paid = false;
  const storm = nowAndThen(new Random(seed), KILL_MS, () => paid && world.deaths.length >= DEATHS, killSome(world));
  const trouble = nowAndThen(new Random(seed + 1), FAULT_MS, () => paid || sales.length > DEPOSITS / 2, misbehave(world))
    .then(() => behave(world));
  await payAll(world, new Random(seed + 2), sales).finally(() => { paid = true; });
  await Promise.all([storm, trouble]);

  await atRest(world.teller, DEPOSITS, {deadlineMs: CALM_MS});
  await assertBooks(world, sales);
  await world.teller.ready();
  console.log(`${sales.length} deposits, ${world.deaths.length} deaths`);
});
