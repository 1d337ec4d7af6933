// Killed while the database is being made: whoever comes next finishes it, and the service is ready
// with a sound database and the whole pool.  SEED=n in the environment repeats the choices.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setTimeout as later} from 'node:timers/promises';
import {DAEMONS} from '../e2e/lib/teller.mjs';
import {CrashWorld} from './lib/crash_world.mjs';
import {Random, newSeed} from './lib/random.mjs';

const BIRTHS = 16;
const DEATHS = 6;
const BETWEEN_MS = 25;      // a first start takes a few of these

async function beBorn(suite, random) {
  const world = await CrashWorld.dummy(suite);
  world.startAll();
  for (let n = 0; n < DEATHS; n++) {
    await later(random.under(BETWEEN_MS));
    await world.kill(random.some(DAEMONS, random.between(1, DAEMONS.length)));
  }
  await world.teller.ready();
  const {teller} = world;
  assert.deepEqual(await teller.query('SELECT * FROM pragma_integrity_check'), [{integrity_check: 'ok'}]);
  assert.deepEqual(await teller.query('SELECT address FROM address_pool ORDER BY seq'), teller.pool.map(({address}) => ({address})));
}

test('killed while the database is made', {concurrency: 2}, suite => {
  const seed = newSeed();
  console.log(`SEED=${seed}`);
  return Promise.all(Array.from({length: BIRTHS}, (_, n) =>
    suite.test(`first start ${n}`, t => beBorn(t, new Random(seed + n)))));
});
