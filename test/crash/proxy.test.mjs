// The instant that matters most: the Skycoin node has taken a transaction, and senderd does not know
// it yet.  A proxy holds the node's answer there, until senderd is dead or the answer is spoilt.
// Whatever comes, the same bytes go out again, and the books agree.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setTimeout as later} from 'node:timers/promises';
import {until} from '../e2e/lib/wait.mjs';
import {assertBooks} from './lib/books.mjs';
import {CrashWorld} from './lib/crash_world.mjs';
import {sellOnPretendedChain} from './lib/sales.mjs';
import {SkyProxy} from './lib/sky_proxy.mjs';

const AT_ONCE = 3;
const AUTO_BLOCK_MS = 50;
const LATE_MS = 700;

const accepted = ({sky}, rawtx) => until('the node to have accepted it', async () =>
  (await sky.ledger()).injections.some(i => i.verdict === 'accepted' && i.rawtx === rawtx));

// senderd is dead before the answer's first byte; `meanwhile` before it is started again.
const killed = meanwhile => async (world, held) => {
  await meanwhile(world);
  await world.kill(['senderd']);
  held.cut();
};

const ways = [
  {why: 'killed, pending at the node', dies: true, repeats: true, way: killed(() => {})},
  {why: 'killed, in a block at once', dies: true, repeats: true, way: killed(({sky}) => sky.sim('block'))},
  {why: 'killed, and the node forgets it', dies: true, repeats: true, way: killed(({sky}) => sky.sim('wipe'))},
  {why: 'answer dropped', way: (_, held) => held.cut()},
  {why: 'answer dropped, and the node forgets it', repeats: true, way: async ({sky}, held) => {
    await sky.sim('wipe');
    held.cut();
  }},
  {why: 'answer cut after its half', way: (_, held) => held.deliverHalf()},
  {why: 'answer late, and twice', way: async (_, held) => {
    await later(LATE_MS);
    held.deliver(2);
  }},
];

// The first answer is treated; those after it are delivered.
function treatFirst(world, way) {
  world.proxy.onInjected = async held => {
    world.proxy.onInjected = next => next.deliver();
    assert.ok(held.accepted, 'the node refused the first transaction');
    await accepted(world, held.rawtx);
    await way(world, held);
    world.treated = held.rawtx;
    await world.sky.sim('auto', {ms: AUTO_BLOCK_MS});
  };
}

// What senderd speaks with: the node, and the port that the proxy stands before.
const nodes = {
  'modern REST': {sky: {generation: 'modern'}, port: 'address'},
  'legacy REST': {sky: {generation: 'legacy'}, port: 'address'},
  webrpc: {sky: {generation: 'legacy', args: ['--no-rest']}, port: 'rpcAddress'},
};

async function sellThrough(suite, {sky, port}, {way, dies = false, repeats = false}) {
  const world = await CrashWorld.pretended(suite, {sky});
  world.proxy = await SkyProxy.start(world.sky[port]);
  world.teller.configure({sky_rpc: {address: world.proxy.address}});
  await world.sky.sim('auto', {ms: 0});
  treatFirst(world, way);
  world.startAll();
  const sales = await sellOnPretendedChain(world);
  await assertBooks(world, sales);
  await world.teller.ready();
  assert.ifError(world.proxy.failed);
  assert.ok(world.treated, 'no answer was held');
  assert.deepEqual(world.deaths, dies ? ['senderd'] : []);
  const times = world.proxy.injected.filter(raw => raw === world.treated).length;
  assert.ok(times >= (repeats ? 2 : 1), `the same bytes went out ${times} times`);
}

for (const [name, node] of Object.entries(nodes))
  test(`the node has taken it over ${name}, and senderd does not know`, {concurrency: AT_ONCE}, suite =>
    Promise.all(ways.map(w => suite.test(w.why, t => sellThrough(t, node, w)))));
