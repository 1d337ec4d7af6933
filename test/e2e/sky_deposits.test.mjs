// SKY as a coin that is taken: deposits on the chain of the Skycoin nodes, over each interface that
// nodes have, through reorganisations, restarts and nodes that are not what they should be.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {generateKeys} from '../sim/skycoin-node/keys.mjs';
import {customer, skyPool, writePool} from './lib/files.mjs';
import {getJson} from './lib/http.mjs';
import {selfSigned} from './lib/tls.mjs';
import {until} from './lib/wait.mjs';
import {World, coinsText, owedSky} from './lib/world.mjs';

const SKY = 1000000n;

const cursor = async ({teller}) => (await teller.query("SELECT height, hash FROM cursor WHERE coin = 'SKY'"))[0];
const scannedTo = (world, seq) => until(`block ${seq} to be scanned`, async () => (await cursor(world))?.height >= seq);
const sightings = ({teller}) => teller.query("SELECT txid, n, state, value FROM sighting WHERE coin = 'SKY' ORDER BY seq");
const problem = ({teller}, what, pattern, daemon = 'scannerd') => until(`${daemon} to say ${pattern}`, async () => {
  const found = (await teller.problems()).filter(p => p.daemon === daemon && p.what === what);
  return found.some(p => pattern.test(p.text)) || Promise.reject(new Error(JSON.stringify(await teller.problems())));
});
const noProblem = ({teller}) => until('scannerd to be content', async () =>
  !(await teller.problems()).some(p => p.daemon === 'scannerd' && p.what.startsWith('sky_')));
const pay = ({sky}, outputs, secret) => sky.sim('pay', {outputs: outputs.map(([address, d]) => ({address, coins: coinsText(d)})), secret});
const bind = ({teller}, n) => teller.bind(customer(n), 'SKY');

// --- every interface --------------------------------------------------------------------------------

const nodes = [
  {name: 'modern REST', sky: {generation: 'modern'}, asks: '/api/v1/blocks'},
  {name: '0.24 REST', sky: {generation: 'early'}, asks: '/api/v1/blocks'},
  {name: 'legacy REST', sky: {generation: 'legacy'}, asks: '/blocks'},
  {name: 'webrpc, and nothing else', sky: {generation: 'legacy', args: ['--no-rest']}, asks: '/webrpc#get_blocks'},
];

for (const {name, sky, asks} of nodes) {
  test(`deposits are taken and paid over ${name}`, async suite => {
    const world = await World.skycoin(suite, {sky});
    const {teller} = world;
    await world.sky.sim('tick', {count: 40});
    await teller.startAll();
    const [a, b] = [await bind(world, 0), await bind(world, 1)];
    const [one, two] = [3n * SKY, 1234567000n];
    const first = await pay(world, [[a, one], [b, two], [a, 1000n]]);
    await teller.depositsIn('done', 3);
    const second = await pay(world, [[b, one]]);
    const done = await teller.depositsIn('done', 4);
    assert.deepEqual(Object.keys(done).sort(), [0, 1, 2].map(n => `${first.txid}:${n}`).concat(`${second.txid}:0`).sort());
    const d = done[`${first.txid}:1`];
    assert.deepEqual([d.coin_type, d.deposit_value, d.conversion_rate, d.sky_address, d.deposit.address, d.deposit.height],
      ['SKY', Number(two), '1/2', customer(1), b, first.seq]);
    await world.assertPaid({[customer(0)]: owedSky(one) + owedSky(1000n), [customer(1)]: owedSky(two) + owedSky(one)});
    await noProblem(world);
    const {requests} = await world.sky.ledger();
    assert.ok(requests[asks] > 0, JSON.stringify(requests));
    const {received} = await teller.accounting();
    assert.equal(received.SKY, coinsText(2n * one + two + 1000n));
  });
}

test('who asks is told that SKY is taken', async suite => {
  const world = await World.skycoin(suite);
  const {teller} = world;
  await teller.startAll();
  const {deposits} = await getJson(`${teller.public}/api/config`);
  assert.deepEqual([deposits.sky.enabled, deposits.sky.confirmations_required, deposits.sky.fixed_exchange_rate], [true, 1, '0.500000']);
  assert.equal(deposits.btc.enabled, false);
  const address = await bind(world, 0);
  assert.deepEqual((await teller.statuses(customer(0))).map(s => [s.status, s.coin_type]), [['waiting_deposit', 'SKY']]);
  assert.equal((await teller.pools()).SKY.remaining_addresses, 11);
  assert.ok(skyPool(12).some(a => a.address === address));
  const [head] = await world.sky.sim('tick');
  await scannedTo(world, head.seq);
  await until('the operator to be shown the chain', async () => {
    const {daemons} = await getJson(`${teller.admin}/api/daemons`);
    return daemons.find(d => d.name === 'scannerd').detail?.chains.find(c => c.coin === 'SKY')?.height >= head.seq;
  });
});

test('hundreds of blocks are caught up with in a few requests', async suite => {
  const world = await World.skycoin(suite, {autoBlockMs: 0});
  const [first] = await world.sky.sim('tick', {count: 300});
  await world.teller.startAll();
  await scannedTo(world, first.seq + 299);
  const asked = await world.sky.requestsFor('/api/v1/blocks');
  assert.ok(asked < 40, `${asked} requests`);
});

test('https with the node\'s own certificate; not without it', async suite => {
  const world = await World.skycoin(suite, {fund: 0});
  const {teller} = world;
  const {key, cert} = selfSigned(teller, 'node');
  await world.replaceSky({args: ['--tls-key', key, '--tls-cert', cert]});
  await teller.startAll();
  await problem(world, 'sky_node', /certificate/i);
  assert.equal(await cursor(world), undefined);
  teller.configure({sky_rpc: {cert}});
  await teller.restartAll();
  await pay(world, [[await bind(world, 0), SKY]]);
  await teller.depositsIn('done', 1);
  await noProblem(world);
});

// --- reorganisations --------------------------------------------------------------------------------

test('the same deposit in another block is one deposit, paid once', async suite => {
  const world = await World.skycoin(suite, {autoBlockMs: 0, conf: {sky_exchanger: {send_enabled: false}}});
  const {teller, sky} = world;
  await teller.startAll();
  const paid = await pay(world, [[await bind(world, 0), 5n * SKY]]);
  await teller.depositsIn('waiting_send', 1);
  const before = await cursor(world);

  // The node has less than was scanned: nothing is undone on that account.
  await sky.sim('reorg', {depth: 1});
  await problem(world, 'sky_scan', /deposits wait until it has caught up/);
  assert.deepEqual(await cursor(world), before);

  await sky.sim('clock', {advance_s: 60});
  const [again] = await sky.sim('tick');      // the bank's own is in it again
  assert.deepEqual([again.seq, again.txids], [paid.seq, [paid.txid]]);
  await until('the other block to be scanned', async () => (await cursor(world)).hash === again.hash);
  await until('the deposit to be back', async () => (await sightings(world))[0].state === 'confirmed');
  assert.equal((await sightings(world)).length, 1);
  await noProblem(world);

  teller.configure({sky_exchanger: {send_enabled: true}});
  await teller.restartAll();
  await sky.sim('auto', {ms: 50});
  await teller.depositsIn('done', 1);
  await world.assertPaid({[customer(0)]: owedSky(5n * SKY)});
});

test('a deposit whose coins were spent elsewhere in the new branch is void', async suite => {
  const world = await World.skycoin(suite, {autoBlockMs: 0, conf: {sky_exchanger: {send_enabled: false}}});
  const {teller, sky} = world;
  await teller.startAll();
  const [payer] = generateKeys('somebody who pays', 1).keys;
  await sky.sim('fund', {address: payer.address, count: 1, coins: '10', hours: 1000});
  const {txid} = await pay(world, [[await bind(world, 0), 5n * SKY]], payer.secret.toString('hex'));
  await teller.depositsIn('waiting_send', 1);
  await sky.sim('reorg', {depth: 1});
  const secret = payer.secret.toString('hex');
  await sky.sim('clock', {advance_s: 60});
  await sky.sim('doublespend', {txid, secret});
  await until('the deposit to be void', async () => (await teller.query('SELECT state FROM deposit'))[0].state === 'void');
  assert.deepEqual((await teller.statuses(customer(0))).map(s => s.status), ['waiting_deposit']);
  assert.deepEqual((await sightings(world)).map(s => s.state), ['orphaned']);
});

test('what is less deep than the confirmations required is seen and not paid', async suite => {
  const world = await World.skycoin(suite, {autoBlockMs: 0, conf: {sky_scanner: {confirmations_required: 3}}});
  const {teller, sky} = world;
  await teller.startAll();
  await pay(world, [[await bind(world, 0), SKY]]);
  await until('it to be seen', async () => (await sightings(world))[0]?.state === 'seen');
  const [last] = await sky.sim('tick');
  await scannedTo(world, last.seq);
  assert.deepEqual((await sightings(world)).map(s => s.state), ['seen']);
  await sky.sim('auto', {ms: 50});
  await sky.sim('tick');
  await teller.depositsIn('done', 1);
});

// --- nodes that are not what they should be ---------------------------------------------------------

test('a node of another chain or coin is refused in words, also after a restart; the cursor stays', async suite => {
  const world = await World.skycoin(suite);
  const {teller, sky} = world;
  await teller.startAll();
  await pay(world, [[await bind(world, 0), SKY]]);
  await teller.depositsIn('done', 1);
  await sky.sim('auto', {ms: 0});
  const [last] = await sky.sim('tick');
  await scannedTo(world, last.seq);
  const before = await cursor(world);

  await sky.sim('genesis', {other: true});
  await problem(world, 'sky_node', /is on another Skycoin chain: its first block is .*check which node/);
  await teller.restart('scannerd');
  await problem(world, 'sky_node', /is on another Skycoin chain/);
  assert.deepEqual([await cursor(world), (await sightings(world)).map(s => s.state)], [before, ['confirmed']]);

  await sky.sim('genesis', {other: false});
  await sky.sim('coin', {name: 'suncoin'});
  await teller.restart('scannerd');     // it asks a wrong node seldom
  await problem(world, 'sky_node', /one of the coin 'suncoin', not of Skycoin/);
  assert.deepEqual(await cursor(world), before);
  await sky.sim('coin', {name: 'skycoin'});
  await teller.restart('scannerd');
  await pay(world, [[await bind(world, 1), SKY]]);
  await sky.sim('auto', {ms: 50});
  await teller.depositsIn('done', 2);
  await noProblem(world);
});

test('a node that was the wrong one before anything was seen on it can be replaced', async suite => {
  const world = await World.skycoin(suite, {autoBlockMs: 0});
  const {teller, sky} = world;
  await teller.startAll();
  const [last] = await sky.sim('tick', {count: 3});
  await scannedTo(world, last.seq);
  await sky.sim('genesis', {other: true});
  await problem(world, 'sky_node', /is on another Skycoin chain/);
  await teller.restart('scannerd');
  await until('the other chain to be scanned', async () => (await cursor(world)).height === 0);
  await noProblem(world);
});

test('behind its peers, or without any: told, and scanned as far as it goes', async suite => {
  const world = await World.skycoin(suite);
  const {teller, sky} = world;
  await teller.startAll();
  await sky.sim('behind', {blocks: 5});
  await sky.sim('tick', {count: 6});
  await problem(world, 'sky_sync', /is behind the chain/);
  await sky.sim('behind', {blocks: 0});
  await noProblem(world);
  await sky.sim('peers', {count: 0});
  await problem(world, 'sky_sync', /has no peers and learns of no block/);
  await sky.sim('peers', {count: 3});
  await noProblem(world);
  await pay(world, [[await bind(world, 0), SKY]]);
  await teller.depositsIn('done', 1);
});

test('a block that is not what its hashes say is refused, and another node is asked', async suite => {
  const world = await World.skycoin(suite, {sky: {nodes: 2}, conf: {sky_exchanger: {send_enabled: false}}});
  const {teller, sky} = world;
  const lie = {mode: 'lie', path: '/api/v1/blocks', from: '7.000000', to: '9.000000', next: -1};
  for (const node of sky.nodes) await node.sim('fail', lie);
  await teller.startAll();
  const paid = await pay(world, [[await bind(world, 0), 7n * SKY]]);
  await problem(world, 'sky_node', /block \d+: .*output is not what its uxid says/);
  await scannedTo(world, paid.seq - 1);
  assert.equal((await cursor(world)).height, paid.seq - 1);
  assert.deepEqual(await sightings(world), []);
  await sky.nodes[1].sim('fail', {mode: 'none'});      // one of them has come to its senses
  const [deposit] = Object.values(await teller.depositsIn('waiting_send', 1));
  assert.equal(deposit.deposit_value, Number(7n * SKY));
  await noProblem(world);
});

test('nodes that break off, stall, talk nonsense, go away and come back cost time only', async suite => {
  const world = await World.skycoin(suite);
  const {teller, sky} = world;
  await teller.startAll();
  const address = await bind(world, 0);
  for (const [n, mode] of ['half', 'garbage', 'error', 'drop', 'lose'].entries()) {
    await sky.sim('fail', {mode, path: '/api/v1/blocks', next: 2});
    await pay(world, [[address, SKY]]);
    await teller.depositsIn('done', n + 1);
  }
  await sky.sim('listen', {on: false});
  await problem(world, 'sky_node', /no answer from the Skycoin node/);
  await sky.sim('listen', {on: true});
  await sky.sim('generation', {name: 'legacy'});      // the operator goes back a version
  await pay(world, [[address, SKY]]);
  await teller.depositsIn('done', 6);
  await noProblem(world);
  await world.assertPaid({[customer(0)]: owedSky(SKY) * 6n});
});

test('the hot wallet\'s own change is nobody\'s deposit, and one that pays a deposit address is', async suite => {
  const world = await World.skycoin(suite);
  const {teller} = world;
  await teller.startAll();
  const [a, b] = [await bind(world, 0), await bind(world, 1)];
  await pay(world, [[a, 3n * SKY]]);
  await pay(world, [[b, 3n * SKY]]);
  await teller.depositsIn('done', 2);
  assert.equal((await sightings(world)).length, 2);
});

// --- the hot wallet -----------------------------------------------------------------------------------

// Its second address, first in the pool.
function poolOfTheWallet({teller}) {
  writePool(teller.file('sky_addresses.txt'), [{address: teller.walletAddresses[1]}, ...skyPool(3)]);
}

test('a hot wallet with a deposit address in it is refused, by senderd and by tellerctl', async suite => {
  const world = await World.skycoin(suite);
  const {teller} = world;
  poolOfTheWallet(world);
  teller.start('exchangerd');
  await until('the pool to be loaded', async () => (await teller.query('SELECT count(*) AS n FROM address_pool'))[0].n === 4);
  const {status} = await teller.start('senderd').ended;
  assert.equal(status, 2);
  assert.match(teller.log('senderd'), /of the hot wallet is a deposit address for SKY/);
  const check = await teller.ctl('wallet', 'check', teller.file('hot.wlt'));
  assert.equal(check.status, 2);
  assert.match(check.notes, /is a deposit address for SKY; use another wallet/);
});

test('what is paid to the hot wallet itself is never paid out, when it is noticed late', async suite => {
  const world = await World.skycoin(suite);
  const {teller} = world;
  teller.start('senderd');
  await until('senderd to be ready', () => teller.log('senderd').includes(' ready '));
  poolOfTheWallet(world);
  for (const name of ['scannerd', 'exchangerd', 'apid']) teller.start(name);
  await teller.ready();
  const [own, other] = [await bind(world, 0), await bind(world, 1)];
  assert.equal(own, teller.walletAddresses[1]);
  await pay(world, [[own, 4n * SKY], [other, 3n * SKY]]);
  await until('the refusal', () => teller.watchLines('senderd').some(l => /payout_refused .*paid to the hot wallet itself/.test(l)));
  await until('the other one', async () => (await teller.statuses(customer(1)))[0].status === 'done');
  await world.assertPaid({[customer(1)]: owedSky(3n * SKY)});
});

test('nobody can have payouts sent to a deposit address', async suite => {
  const world = await World.skycoin(suite, {fund: 0});
  const {teller} = world;
  await teller.startAll();
  const address = await bind(world, 0);
  await assert.rejects(teller.bind(address, 'SKY'), /400 .*deposit address of this service/);
  await assert.rejects(teller.bind(skyPool(12)[11].address, 'SKY'), /400/);
});

// --- dummy mode -------------------------------------------------------------------------------------

test('dummy mode takes SKY, too', async suite => {
  const world = await World.dummy(suite);
  world.takeSky();
  const {teller} = world;
  await teller.startAll();
  const address = await bind(world, 0);
  await teller.pretendDeposit({address, satoshi: 5000000, tx: 'sky-one', n: 2, coin: 'SKY'});
  const [sent] = await until('the broadcast', async () => (all => all.length && all)(await teller.broadcasts()));
  assert.deepEqual(sent.outputs.find(o => o.address === customer(0)), {address: customer(0), coins: '2.500000'});
  await teller.pretendConfirmation(sent.txid);
  const {['sky-one:2']: d} = await teller.depositsIn('done', 1);
  assert.deepEqual([d.coin_type, d.deposit_value, d.sky_sent], ['SKY', 5000000, 2500000]);
});
