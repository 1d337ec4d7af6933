// Several nodes of one network, of different generations, upgraded while they run.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {SkyClient} from './client.mjs';
import {generateKeys} from './keys.mjs';
import {Network} from './network.mjs';
import {SkycoinNode} from './node.mjs';
import {rawHex} from './shapes.mjs';
import {buildTransaction} from './transaction.mjs';

const [owner, customer] = generateKeys('network test', 2).keys;
const COINS = 10000000n;

const clientOf = node => new SkyClient({url: `http://127.0.0.1:${node.port}`, rpc: `http://127.0.0.1:${node.rpcPort}`,
  control: `http://127.0.0.1:${node.controlPort}`});

async function start(suite, generations) {
  const network = new Network();
  const nodes = generations.map(generation => new SkycoinNode({network, generation}));
  await Promise.all(nodes.map(n => n.start()));
  suite.after(() => Promise.all(nodes.map(n => n.stop())));
  const clients = nodes.map(clientOf);
  await clients[0].sim('fund', {address: owner.address, coins: '10'});
  return clients;
}

const fundedOutput = async sky => (await sky.ledger()).confirmed.at(-1).outputs.find(o => o.address === owner.address);

// Pays everything to the customer, `burn` of `of` the hours burned.
async function payment(sky, {of = 2n} = {}) {
  const o = await fundedOutput(sky);
  const hours = BigInt(o.hours);
  return buildTransaction([{uxid: o.uxid, secret: owner.secret}],
    [{address: customer.address, coins: COINS, hours: hours - (hours + of - 1n) / of}]);
}

const isKnownTo = async (sky, txid) => (await sky.get(`/api/v1/transaction?txid=${txid}`)).status === 200;

test('what one node is given reaches the others; each has a pool of its own', async suite => {
  const [a, b] = await start(suite, ['modern', 'modern']);
  const t = await payment(a);
  await a.inject(rawHex(t));
  assert.ok(await isKnownTo(b, t.txid));
  await b.sim('restart');
  assert.deepEqual([await isKnownTo(a, t.txid), await isKnownTo(b, t.txid)], [true, false]);
  assert.deepEqual(await b.inject(rawHex(t)), {status: 200, value: t.txid});
  await a.sim('block');
  assert.ok((await b.get(`/api/v1/transaction?txid=${t.txid}`)).value.status.confirmed);
  assert.deepEqual((await a.ledger()).injections.map(i => i.verdict), ['accepted']);
  assert.deepEqual((await b.ledger()).injections.map(i => i.verdict), ['accepted']);
});

test('a node that is cut off hears and says nothing, and catches up', async suite => {
  const [a, b] = await start(suite, ['modern', 'modern']);
  await b.sim('peers', {count: 0});
  const t = await payment(a);
  await a.inject(rawHex(t));
  await a.sim('block');
  assert.equal(await isKnownTo(b, t.txid), false);
  const progress = async sky => (await sky.get('/api/v1/blockchain/progress')).value;
  assert.deepEqual([(await progress(a)).current, (await progress(b)).current, (await progress(b)).highest], [2, 1, 1]);
  assert.equal((await b.inject(rawHex(t))).status, 503);
  await b.sim('peers', {count: 2});
  assert.equal((await progress(b)).current, 2);
  assert.ok((await b.get(`/api/v1/transaction?txid=${t.txid}`)).value.status.confirmed);
});

test('a lagging node takes the payment for pending, or has never heard of it', async suite => {
  const [a, b] = await start(suite, ['modern', 'modern']);
  const t = await payment(a);
  await a.inject(rawHex(t));
  await b.sim('behind', {blocks: 1});
  await a.sim('block');
  assert.ok((await b.get(`/api/v1/transaction?txid=${t.txid}`)).value.status.unconfirmed);
  await b.sim('behind', {blocks: 1, forget: true});
  assert.equal(await isKnownTo(b, t.txid), false);
});

test('the old generation keeps what it could not broadcast, and offers it when it has peers again', async suite => {
  const [a, old] = await start(suite, ['modern', 'legacy']);
  await old.sim('peers', {count: 0});
  const t = await payment(a);
  assert.deepEqual(await old.rpc('inject_transaction', [rawHex(t)]),
    {code: -32603, message: 'inject transaction failed: Connection pool is empty'});
  assert.ok((await old.rpc('get_transaction', [t.txid])).transaction.status.unconfirmed);
  assert.equal(await isKnownTo(a, t.txid), false);
  await old.sim('peers', {count: 1});
  await a.sim('block');
  assert.ok((await a.get(`/api/v1/transaction?txid=${t.txid}`)).value.status.confirmed);
  const [attempt] = (await old.ledger()).injections;
  assert.deepEqual([attempt.verdict, attempt.txid], ['no_peer', t.txid]);
});

test('the old generation: only the newest token is good', async suite => {
  const [old] = await start(suite, ['legacy']);
  const token = async () => (await old.get('/csrf')).value.csrf_token;
  const post = async t => (await fetch(`${old.url}/injectTransaction`, {method: 'POST', body: '{"rawtx":"00"}',
    headers: {'x-csrf-token': t, connection: 'close'}})).status;
  const [first, second] = [await token(), await token()];
  assert.deepEqual([await post(first), await post(second), await post(second)], [403, 400, 400]);
  assert.deepEqual((await old.ledger()).injections.map(i => i.verdict), ['forbidden', 'refused', 'refused']);
  await old.sim('clock', {advance_s: 31});
  assert.equal(await post(second), 403);
});

test('the burn of each generation; an upgrade while it runs', async suite => {
  const [sky] = await start(suite, ['modern']);
  const t = await payment(sky, {of: 10n});
  const {url} = sky;
  await sky.sim('generation', {name: 'early'});
  assert.equal((await sky.get('/api/v1/version')).value.version, '0.24.1');
  assert.match((await sky.inject(rawHex(t))).value, /coinhour fee minimum not met/);
  const early = new SkyClient({...sky, rpc: `${url}/api/v1`});
  assert.equal((await early.get('/api/v1/health')).value.coin, undefined);
  await assert.rejects(early.rpc('get_status'), 'no token');
  await sky.sim('generation', {name: 'legacy'});
  assert.equal((await sky.get('/api/v1/version')).status, 404);
  assert.equal((await sky.get('/version')).value.version, '0.22.0');
  await sky.sim('generation', {name: 'modern'});
  assert.deepEqual(await sky.inject(rawHex(t)), {status: 200, value: t.txid});
  await assert.rejects(sky.sim('generation', {name: 'future'}), /generation is one of/);
});

test('early nodes: JSON-RPC at the REST port, behind the token', async suite => {
  const [sky] = await start(suite, ['early']);
  const call = async headers => {
    const r = await fetch(`${sky.url}/api/v1/webrpc`, {method: 'POST', headers: {...headers, connection: 'close'},
      body: '{"id":"7","jsonrpc":"2.0","method":"get_status"}'});
    return r.status === 200 ? (await r.json()).result.num_of_blocks : r.status;
  };
  assert.equal(await call({}), 403);
  assert.equal(await call({'x-csrf-token': (await sky.get('/api/v1/csrf')).value.csrf_token}), 2);
});

test('doors: each can be closed alone; faults at the JSON-RPC', async suite => {
  const [old] = await start(suite, ['legacy']);
  await old.sim('listen', {on: false, door: 'rest'});
  await assert.rejects(old.get('/version'));
  assert.equal((await old.rpc('get_status')).num_of_blocks, 2);
  await old.sim('fail', {mode: 'error', path: '/webrpc#get_status'});
  assert.ok((await old.rpc('get_outputs', [owner.address])).outputs);
  assert.deepEqual(await old.rpc('get_status'), {code: -32603, message: 'Internal error'});
  const t = await payment(old);
  await old.sim('fail', {mode: 'lose', path: 'inject'});
  await assert.rejects(old.rpc('inject_transaction', [rawHex(t)]));
  assert.ok((await old.rpc('get_transaction', [t.txid])).transaction.status.unconfirmed);
  await old.sim('listen', {on: false});
  await assert.rejects(old.rpc('get_status'));
  await old.sim('listen', {on: true});
  assert.equal((await old.get('/version')).status, 200);
});
