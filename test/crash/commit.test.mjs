// What a customer was told is kept: binds of several clients at once, while the daemons that carry
// them are killed.  Every address that was shown is bound to who asked for it, none is bound twice,
// and an attempt that failed costs the pool one address at most.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setTimeout as later} from 'node:timers/promises';
import {btcPool, customer} from '../e2e/lib/files.mjs';
import {aWholeDay, until} from '../e2e/lib/wait.mjs';
import {CrashWorld} from './lib/crash_world.mjs';
import {Random, newSeed} from './lib/random.mjs';

const CLIENTS = 8;
const BINDS_EACH = 40;
const KILL_MS = [10, 120];
const POOL = btcPool(160);      // more than the attempts there may be

// Binds again and again; answers what was shown, and how often it was asked.
async function client(world, sky) {
  const shown = [];
  let attempts = 0;
  while (shown.length < BINDS_EACH) {
    shown.push({sky, address: await until('a bind', () => { attempts++; return world.teller.bindOnce(sky); })});
    world.bound++;
  }
  return {shown, attempts};
}

// Every other life lasts until it has bound something, however slow the machine is: else none would.
async function killAgain(world, random, victims, isOver) {
  for (let n = 0; !isOver(); n++) {
    const before = world.bound;
    if (n % 2) await until('a life to be of use', () => isOver() || world.bound > before);
    await later(random.between(...KILL_MS));
    if (!isOver()) await world.kill([random.oneOf(victims)]);
  }
}

async function assertBindings({teller}, clients) {
  const shown = clients.flatMap(c => c.shown);
  const attempts = clients.reduce((n, c) => n + c.attempts, 0);
  const bindings = await teller.query('SELECT seq, address, sky_address FROM binding ORDER BY seq');
  const pool = await teller.query('SELECT seq, address, bound FROM address_pool ORDER BY seq');
  const owner = new Map(bindings.map(b => [b.address, b.sky_address]));

  assert.equal(new Set(shown.map(s => s.address)).size, shown.length, 'an address was shown twice');
  assert.deepEqual(shown.filter(s => owner.get(s.address) !== s.sky), [], 'shown and not bound to who asked');
  assert.equal(owner.size, bindings.length, 'an address is bound twice');
  assert.ok(bindings.length <= attempts, `${bindings.length} addresses are bound by ${attempts} attempts`);
  assert.deepEqual(pool.map(p => p.address), POOL.map(p => p.address), 'the pool is not the file');
  assert.deepEqual(pool.map(p => p.bound), pool.map((_, n) => n < bindings.length ? 1 : 0), 'bound out of order');
  assert.deepEqual(bindings.map(b => b.address), pool.slice(0, bindings.length).map(p => p.address));
  assert.deepEqual(await teller.query('SELECT * FROM pragma_integrity_check'), [{integrity_check: 'ok'}]);
  assert.equal((await teller.pools()).BTC.remaining_addresses, POOL.length - bindings.length);
}

const clientsOf = world => Promise.all(Array.from({length: CLIENTS}, (_, n) => client(world, customer(n))));

for (const victims of [['apid'], ['exchangerd'], ['apid', 'exchangerd']]) {
  test(`binds while ${victims.join(' and ')} ${victims.length > 1 ? 'are' : 'is'} killed again and again`, async suite => {
    const random = new Random(newSeed());
    console.log(`SEED=${random.seed}`);
    const world = await CrashWorld.dummy(suite, {pool: POOL});
    world.startAll();
    await world.teller.ready();
    let isOver = false;
    const storm = killAgain(world, random, victims, () => isOver);
    const clients = await clientsOf(world).finally(() => { isOver = true; });
    await storm;
    await world.teller.ready();
    await assertBindings(world, clients);
    assert.ok(world.deaths.length > 0);
  });
}

const FAULTS = ['bind.commit.before', 'commit.before', 'commit.after', 'bind.commit.after'];

for (const fault of FAULTS) {
  test(`exchangerd killed at ${fault} with several binds in hand`, async suite => {
    const world = await CrashWorld.dummy(suite, {pool: POOL});
    world.startAll({exchangerd: {TELLER_FAULT: `${fault}:10`}});
    const clients = await clientsOf(world);
    await world.diesOf('exchangerd');
    await world.teller.ready();
    await assertBindings(world, clients);
  });
}

// A binding that nobody was told of is in the quota of who asked for it, and is what they get when they ask again.
for (const fault of FAULTS) {
  test(`exchangerd killed at ${fault}, with a quota and with addresses that are given out again`, async suite => {
    await aWholeDay();
    const world = await CrashWorld.dummy(suite, {pool: POOL, conf: {teller: {binds_per_ip_per_day: 1000, reuse_unbound_after: '1h'}}});
    world.startAll({exchangerd: {TELLER_FAULT: `${fault}:3`}});
    const clients = await clientsOf(world);
    await world.diesOf('exchangerd');
    await world.teller.ready();
    for (const {shown} of clients) assert.equal(new Set(shown.map(s => s.address)).size, 1, 'another address than before');
    assert.equal(new Set(clients.map(c => c.shown[0].address)).size, CLIENTS, 'one address for two');
    assert.equal((await world.teller.query('SELECT * FROM binding')).length, CLIENTS);
    assert.deepEqual((await world.teller.query('SELECT count FROM bind_quota')).map(q => q.count), [CLIENTS]);
  });
}
