// Nodes that are absent, gone, slow, wrong or talking nonsense: nothing is lost, health says what
// is the matter, everything goes on by itself.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {customer} from './lib/files.mjs';
import {until} from './lib/wait.mjs';
import {World, owed} from './lib/world.mjs';

const SATOSHI = 1000000;
const INJECT = '/api/v1/injectTransaction';

const problem = (teller, what) => until(`health to name ${what}`, async () => (await teller.problems()).find(p => p.what === what));
const noProblem = (teller, what) => until(`health to be rid of ${what}`, async () => !(await teller.problems()).some(p => p.what === what));

// Binds an address for customer n and pays into it; the block is mined.
async function buy({teller, bitcoin}, n, satoshi = SATOSHI + n) {
  const address = await teller.bind(customer(n));
  await bitcoin.pay([{address, satoshi}]);
  return satoshi;
}

async function assertAllPaid(world, satoshis) {
  await world.teller.depositsIn('done', satoshis.length);
  await world.assertPaid(Object.fromEntries(satoshis.map((s, n) => [customer(n), owed(s)])));
}

test('both nodes absent at start; later there', async suite => {
  const world = await World.real(suite, {memory: false});
  const {teller, bitcoin, sky} = world;
  await bitcoin.process.stop();
  await sky.sim('listen', {on: false});
  await teller.startAll();
  await problem(teller, 'btc_node');
  await problem(teller, 'sky_node');
  await until('sender_error', async () => (await teller.health()).exchange.sender_error !== '');
  const address = await teller.bind(customer(0));
  await bitcoin.run();
  await bitcoin.pay([{address, satoshi: SATOSHI}]);
  await noProblem(teller, 'btc_node');
  await teller.depositsIn('waiting_send', 1);
  await sky.sim('listen', {on: true});
  await assertAllPaid(world, [SATOSHI]);
  await noProblem(teller, 'sky_node');
  await until('no sender_error', async () => (await teller.health()).exchange.sender_error === '');
});

test('the Bitcoin node dies in the middle and comes back', async suite => {
  const world = await World.real(suite, {memory: false});
  const {teller, bitcoin} = world;
  await teller.startAll();
  const paid = [await buy(world, 0)];
  const address = await teller.bind(customer(1));
  await bitcoin.pay([{address, satoshi: SATOSHI}]);
  await bitcoin.process.stop();
  await problem(teller, 'btc_node');
  await bitcoin.run();
  paid.push(SATOSHI, await buy(world, 2));
  await assertAllPaid(world, paid);
});

test('the Bitcoin node answers 500, garbage, half, late, nothing', async suite => {
  const world = await World.real(suite, {proxy: true});
  const {teller, proxy} = world;
  await teller.startAll();
  const paid = [];
  for (const fault of [{mode: 'error'}, {mode: 'garbage'}, {mode: 'half'}, {mode: 'drop'}, {mode: 'lose'}, {mode: 'delay', ms: 300}]) {
    proxy.faults.add({...fault, next: 2});
    paid.push(await buy(world, paid.length));
    await teller.depositsIn('done', paid.length);
    await until('the faults to be used up', () => proxy.faults.orders.length === 0);
  }
  await assertAllPaid(world, paid);
});

test('a Bitcoin node of another network is refused and not scanned', async suite => {
  const world = await World.real(suite, {proxy: true});
  const {teller, proxy, bitcoin} = world;
  const genesis = await bitcoin.rpc('getblockhash', 0);
  const mainGenesis = '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f';
  proxy.rewrite = text => text.replaceAll(genesis, mainGenesis).replaceAll('"regtest"', '"main"');
  await teller.startAll();
  await problem(teller, 'btc_node');
  const satoshi = await buy(world, 0);
  const asked = proxy.requests;
  await until('the node to be asked again', () => proxy.requests > asked);
  assert.deepEqual(await teller.deposits(), []);
  proxy.rewrite = text => text;
  await assertAllPaid(world, [satoshi]);
});

test('the Skycoin node answers 500, garbage, half, late, nothing, or loses its answer', async suite => {
  const world = await World.real(suite);
  const {teller, sky} = world;
  await teller.startAll();
  const paid = [];
  for (const fault of [{mode: 'error'}, {mode: 'garbage'}, {mode: 'half'}, {mode: 'drop'}, {mode: 'lose'}, {mode: 'delay', ms: 300}]) {
    await sky.sim('fail', {...fault, next: 1, path: INJECT});
    await sky.sim('fail', {...fault, next: 2});
    paid.push(await buy(world, paid.length));
    await teller.depositsIn('done', paid.length);
  }
  await sky.sim('fail', {mode: 'none'});
  await assertAllPaid(world, paid);
});

test('the Skycoin node has no peer, empties its pool, comes back', async suite => {
  const world = await World.real(suite, {autoBlockMs: 0});
  const {teller, sky} = world;
  await teller.startAll();
  await sky.sim('peers', {count: 0});
  const paid = [await buy(world, 0)];
  await until('sender_error', async () => (await teller.health()).exchange.sender_error !== '');
  assert.deepEqual((await sky.ledger()).injections, [], 'nothing is given to a node that cannot pass it on');
  await sky.sim('peers', {count: 1});
  const pending = async () => (await sky.ledger()).pending;
  const [first] = await until('the transaction', async () => (p => p.length && p)(await pending()));
  await sky.sim('wipe');
  const [again] = await until('the transaction again', async () => (p => p.length && p)(await pending()));
  assert.equal(again.txid, first.txid);
  await sky.sim('auto', {ms: 50});
  await assertAllPaid(world, paid);
});

test('the Skycoin node goes away between broadcast and confirmation', async suite => {
  const world = await World.real(suite, {autoBlockMs: 0});
  const {teller, sky} = world;
  await teller.startAll();
  const paid = [await buy(world, 0)];
  await teller.depositsIn('waiting_confirm', 1);
  await sky.sim('listen', {on: false});
  await problem(teller, 'sky_node');
  await sky.sim('block');
  paid.push(await buy(world, 1));
  await until('the second deposit', async () => (await teller.deposits()).length === 2);
  await sky.sim('auto', {ms: 50});
  await sky.sim('listen', {on: true});
  await assertAllPaid(world, paid);
});

test('a node of another coin is not given any transaction', async suite => {
  const world = await World.real(suite);
  const {teller, sky} = world;
  await sky.sim('coin', {name: 'othercoin'});
  await teller.startAll();
  const satoshi = await buy(world, 0);
  await problem(teller, 'sky_node');
  await teller.depositsIn('waiting_send', 1);
  const asked = await sky.requestsFor('/api/v1/health');
  await until('the node to be asked again', async () => await sky.requestsFor('/api/v1/health') > asked);
  assert.deepEqual((await sky.ledger()).injections, []);
  await sky.sim('coin', {name: 'skycoin'});
  await assertAllPaid(world, [satoshi]);
});

test('a coin is switched off while its addresses are bound; what was paid meanwhile is paid when it is on again', async suite => {
  const world = await World.real(suite, {memory: false});
  const {teller, bitcoin} = world;
  await teller.startAll();
  const address = await teller.bind(customer(0));
  await teller.stopAll();
  teller.configure({btc_scanner: {enabled: false}});
  for (const name of ['scannerd', 'exchangerd', 'senderd', 'apid']) teller.start(name);
  const {text} = await problem(teller, 'btc_off');
  assert.match(text, /^BTC is switched off, but 1 of its addresses are bound/);
  await bitcoin.pay([{address, satoshi: SATOSHI}]);
  await teller.stopAll();
  teller.configure({btc_scanner: {enabled: true}});
  await teller.startAll();
  await assertAllPaid(world, [SATOSHI]);
  assert.ok(!(await teller.problems()).some(p => p.what === 'btc_off'));
});
