// The simulator as a whole: races for an output, the network's absence, faults on demand, the
// ledger, and the program itself.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import {test} from 'node:test';
import {SkyClient} from './client.mjs';
import {parseCoins} from './coins.mjs';
import {generateKeys} from './keys.mjs';
import {SkycoinNode} from './node.mjs';
import {rawHex} from './shapes.mjs';
import {buildTransaction} from './transaction.mjs';

const [owner, customer, other] = generateKeys('node test', 3).keys;

async function start(suite, options) {
  const node = new SkycoinNode(options);
  await node.start();
  suite.after(() => node.stop());
  return new SkyClient({url: `http://127.0.0.1:${node.port}`, control: `http://127.0.0.1:${node.controlPort}`});
}

const outputsOf = async (sky, key) => (await sky.get(`/api/v1/outputs?addrs=${key.address}`)).value.head_outputs;

// Pays one coin out of a funded output of ten, half of its hours burned.
async function payment(sky, to) {
  const [o] = await outputsOf(sky, owner);
  const coins = parseCoins(o.coins);
  return buildTransaction([{uxid: o.hash, secret: owner.secret}], [
    {address: to.address, coins: 1000000n, hours: 1n},
    {address: owner.address, coins: coins - 1000000n, hours: BigInt(o.calculated_hours) / 2n}]);
}

test('funding makes as many outputs as asked for, worth what was asked for', async suite => {
  const sky = await start(suite);
  await sky.sim('fund', {address: owner.address, count: 700, coins: '12.5', hours: 100});
  const outs = await outputsOf(sky, owner);
  assert.equal(outs.length, 700);
  assert.ok(outs.every(o => o.coins === '12.500000' && o.hours >= 100));
});

test('the pool takes two spenders of one output, a block takes one, the other is swept', async suite => {
  const sky = await start(suite);
  await sky.sim('fund', {address: owner.address, coins: '10'});
  const pair = [await payment(sky, customer), await payment(sky, other)];
  for (const t of pair) assert.deepEqual(await sky.inject(rawHex(t)), {status: 200, value: t.txid});
  const {txids: [winner, ...more]} = await sky.sim('block');
  assert.deepEqual(more, []);
  assert.ok(pair.some(t => t.txid === winner));
  assert.equal((await sky.get(`/api/v1/balance?addrs=${owner.address}`)).status, 500);
  await sky.sim('sweep');
  assert.equal((await sky.get(`/api/v1/balance?addrs=${owner.address}`)).value.confirmed.coins, 9000000);
  const loser = pair.find(t => t.txid !== winner);
  assert.equal((await sky.get(`/api/v1/transaction?txid=${loser.txid}`)).status, 404);
  assert.match((await sky.inject(rawHex(loser))).value, /unspent output of .* does not exist/);
});

test('without a peer nothing is kept; the ledger tells every attempt', async suite => {
  const sky = await start(suite);
  await sky.sim('fund', {address: owner.address, coins: '10'});
  const t = await payment(sky, customer);
  await sky.sim('peers', {count: 0});
  assert.equal((await sky.inject(rawHex(t))).status, 503);
  assert.equal(await sky.sim('block').then(b => b.seq), undefined);
  await sky.sim('peers', {count: 1});
  await sky.inject(rawHex(t));
  await sky.inject(rawHex(t));
  await sky.sim('block');
  await sky.inject(rawHex(t));
  const {injections, confirmed} = await sky.ledger();
  assert.deepEqual(injections.map(i => i.verdict), ['no_peer', 'accepted', 'pending', 'refused']);
  assert.ok(injections.every(i => i.txid === t.txid));
  const last = confirmed.at(-1);
  assert.equal(last.txid, t.txid);
  assert.deepEqual(last.outputs.map(o => [o.address, o.droplets]), [[customer.address, '1000000'], [owner.address, '9000000']]);
});

test('faults: each does what it says, for as many requests as asked', async suite => {
  const sky = await start(suite);
  await sky.sim('fund', {address: owner.address, coins: '10'});
  const t = await payment(sky, customer);
  const inject = '/api/v1/injectTransaction';
  const version = () => sky.get('/api/v1/version');

  await sky.sim('fail', {mode: 'drop'});
  await assert.rejects(version());
  assert.equal((await version()).status, 200);

  await sky.sim('fail', {mode: 'error', next: 2});
  assert.deepEqual([(await version()).status, (await version()).status, (await version()).status], [500, 500, 200]);

  await sky.sim('fail', {mode: 'garbage'});
  assert.equal(typeof (await version()).value, 'string');

  await sky.sim('fail', {mode: 'half'});
  await assert.rejects(version());

  await sky.sim('fail', {mode: 'delay', ms: 60});
  const before = Date.now();
  await version();
  assert.ok(Date.now() - before >= 59);

  await sky.sim('fail', {mode: 'lose', path: inject});
  await assert.rejects(sky.inject(rawHex(t)));
  assert.equal((await sky.get(`/api/v1/transaction?txid=${t.txid}`)).status, 200);

  await sky.sim('wipe');
  assert.equal((await sky.get(`/api/v1/transaction?txid=${t.txid}`)).status, 404);
  await assert.rejects(sky.sim('fail', {mode: 'explode'}), /mode is one of/);
});

test('the node\'s port closes and opens again; its coin can be a wrong one', async suite => {
  const sky = await start(suite);
  await sky.sim('listen', {on: false});
  await assert.rejects(sky.get('/api/v1/version'));
  await sky.sim('listen', {on: true});
  assert.equal((await sky.get('/api/v1/health')).value.coin, 'skycoin');
  await sky.sim('coin', {name: 'othercoin'});
  assert.equal((await sky.get('/api/v1/health')).value.coin, 'othercoin');
});

test('a reorganisation: what was in the blocks is pending again, or forgotten; time goes on', async suite => {
  const sky = await start(suite);
  await sky.sim('fund', {address: owner.address, coins: '10'});
  const t = await payment(sky, customer);
  await sky.inject(rawHex(t));
  const {seq} = await sky.sim('block');
  await sky.sim('tick');
  const head = async () => (await sky.get('/api/v1/blockchain/metadata')).value.head;
  const before = await head();
  const taken = await sky.sim('reorg', {depth: 2});
  assert.deepEqual(taken.map(b => b.seq), [seq, seq + 1]);
  assert.equal((await head()).seq, seq - 1);
  assert.equal((await sky.get(`/api/v1/transaction?txid=${t.txid}`)).value.status.unconfirmed, true);
  await sky.sim('tick');
  assert.equal((await sky.get(`/api/v1/transaction?txid=${t.txid}`)).value.status.unconfirmed, true, 'the bank leaves others out');
  await sky.sim('block');
  assert.equal((await sky.get(`/api/v1/transaction?txid=${t.txid}`)).value.status.block_seq, seq + 1);
  assert.ok((await head()).timestamp > before.timestamp);
  await sky.sim('reorg', {depth: 1, forget: true});
  assert.equal((await sky.get(`/api/v1/transaction?txid=${t.txid}`)).status, 404);
  assert.equal((await outputsOf(sky, owner))[0].coins, '10.000000');
  assert.deepEqual(await sky.inject(rawHex(t)), {status: 200, value: t.txid});
  await assert.rejects(sky.sim('reorg', {depth: 99}), /block 0 stays/);
});

test('a double spend: of a pending transaction, of an output; known by its spender', async suite => {
  const sky = await start(suite);
  await sky.sim('fund', {address: owner.address, coins: '10'});
  const secret = owner.secret.toString('hex');
  const t = await payment(sky, customer);
  await sky.inject(rawHex(t));
  await assert.rejects(sky.sim('doublespend', {txid: t.txid, secret: other.secret.toString('hex')}), /Signature not valid/);
  const foreign = await sky.sim('doublespend', {txid: t.txid, secret});
  assert.equal(foreign.uxid, t.inputs[0]);
  const {value: out} = await sky.get(`/api/v1/uxout?uxid=${foreign.uxid}`);
  assert.deepEqual([out.spent_tx, out.spent_block_seq], [foreign.txid, foreign.seq]);
  assert.equal((await sky.get(`/api/v1/outputs?addrs=${owner.address}`)).status, 500, 'the loser is still in the pool');
  await sky.sim('sweep');
  assert.deepEqual(await outputsOf(sky, owner), []);
  await assert.rejects(sky.sim('doublespend', {uxid: foreign.uxid, secret}), /no unspent output/);
  await sky.sim('reorg', {depth: 1, forget: true});
  assert.equal((await sky.inject(rawHex(t))).status, 200);
  await sky.sim('forget', {txid: t.txid});
  assert.equal((await sky.get(`/api/v1/transaction?txid=${t.txid}`)).status, 404);
  assert.equal((await sky.sim('doublespend', {uxid: foreign.uxid, secret, confirm: false})).seq, null);
  assert.equal((await sky.ledger()).pending.length, 1);
});

test('a node that is behind, one of another chain, one without its pool', async suite => {
  const sky = await start(suite);
  await sky.sim('fund', {address: owner.address, coins: '10'});
  const t = await payment(sky, customer);
  await sky.inject(rawHex(t));
  await sky.sim('block');
  await sky.sim('tick');
  const progress = async () => (({current, highest}) => [current, highest])((await sky.get('/api/v1/blockchain/progress')).value);
  const genesis = async () => (await sky.get('/api/v1/block?seq=0')).value.header.block_hash;
  const [, head] = await progress();
  await sky.sim('behind', {blocks: 2});
  assert.deepEqual(await progress(), [head - 2, head]);
  assert.equal((await sky.get(`/api/v1/transaction?txid=${t.txid}`)).value.status.unconfirmed, true);
  await sky.sim('tick');
  assert.deepEqual(await progress(), [head - 1, head + 1], 'it stays behind');
  await sky.sim('behind', {blocks: 2, forget: true});
  await sky.sim('behind', {blocks: 3, forget: true});
  assert.equal((await sky.get(`/api/v1/transaction?txid=${t.txid}`)).status, 404);
  await sky.sim('behind', {blocks: 0});
  assert.equal((await sky.get(`/api/v1/transaction?txid=${t.txid}`)).value.status.height, 3);

  const ours = await genesis();
  await sky.sim('genesis', {});
  assert.notEqual(await genesis(), ours);
  assert.deepEqual(await progress(), [0, 0]);
  assert.equal((await sky.get(`/api/v1/transaction?txid=${t.txid}`)).status, 404);
  await sky.sim('genesis', {other: false});
  assert.equal(await genesis(), ours);
  assert.deepEqual(await progress(), [head + 1, head + 1]);

  const again = await payment(sky, other);
  await sky.inject(rawHex(again));
  await sky.sim('restart');
  assert.equal((await sky.get(`/api/v1/transaction?txid=${again.txid}`)).status, 404, 'this node has emptied its pool');
  await sky.sim('block');
  assert.equal((await sky.get(`/api/v1/transaction?txid=${again.txid}`)).value.status.confirmed, true, 'the network had it');
});

test('the program prints where it answers, makes blocks by itself, and ends on SIGTERM', async () => {
  const main = fileURLToPath(new URL('main.mjs', import.meta.url));
  const child = spawn(process.execPath, [main, '--auto-block', '20'], {stdio: ['ignore', 'pipe', 'inherit']});
  const [line] = await once(child.stdout, 'data');
  const [, url, control] = /^READY url=(\S+) control=(\S+)\n$/.exec(line);
  const sky = new SkyClient({url, control});
  await sky.sim('fund', {address: owner.address, coins: '10'});
  const t = await payment(sky, customer);
  await sky.inject(rawHex(t));
  for (;;) {
    const {value} = await sky.get(`/api/v1/transaction?txid=${t.txid}`);
    if (value.status.confirmed) break;
  }
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});
