// Several Skycoin nodes: one takes the other's place, and what a node says counts only as far as it
// can be trusted.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {generateKeys} from '../sim/skycoin-node/keys.mjs';
import {SkyProxy} from '../crash/lib/sky_proxy.mjs';
import {customer} from './lib/files.mjs';
import {until} from './lib/wait.mjs';
import {World, owed} from './lib/world.mjs';

const SATOSHI = 1000000;
const DEAD_DEPTH = 3;

async function buy({teller}, n) {
  const address = await teller.bind(customer(n));
  await teller.pretendDeposit({address, satoshi: SATOSHI + n, tx: `sale${n}`, height: 100 + n});
  return {[customer(n)]: owed(SATOSHI + n)};
}

const skyProblem = async ({teller}) => (await teller.problems()).find(p => p.what.startsWith('sky_'));
const problemOf = (world, pattern) => until(`health to say ${pattern}`, async () => {
  const problem = await skyProblem(world);
  if (!pattern.test(problem?.text)) throw new Error(JSON.stringify(problem));
  return true;
});
const noProblem = world => until('health to be rid of it', async () => !await skyProblem(world));
const states = async ({teller}) => (await teller.query('SELECT state FROM payout_tx ORDER BY seq')).map(t => t.state);

test('the first node dies between its acceptance and its answer: the same bytes at the second', async suite => {
  const world = await World.pretended(suite, {sky: {nodes: 2}, autoBlockMs: 0});
  const {teller, sky} = world;
  const [first, second] = sky.nodes;
  const proxy = world.proxy = await SkyProxy.start(first.address);
  teller.configure({sky_rpc: {address: `${proxy.address},${second.address}`}});
  let rawtx;
  proxy.onInjected = async held => {
    rawtx = held.rawtx;
    await first.sim('listen', {on: false});
    await sky.sim('wipe');      // it had not told anybody
    held.cut();
  };
  await teller.startAll();
  const paid = await buy(world, 0);
  const injections = await until('the second node to be given it', async () =>
    (list => list.some(i => i.node === 1) && list)((await sky.ledger()).injections));
  assert.deepEqual(injections.map(i => i.rawtx), injections.map(() => rawtx));
  assert.deepEqual([injections[0].node, injections.at(-1).node], [0, 1]);
  await sky.sim('auto', {ms: 50});
  await teller.depositsIn('done', 1);
  await world.assertPaid(paid);
});

test('one of two nodes goes away and comes back, again and again', async suite => {
  const world = await World.pretended(suite, {sky: {nodes: 2, generation: 'modern,legacy'}});
  const {teller, sky} = world;
  await teller.startAll();
  const paid = {};
  for (const n of [0, 1, 2, 3]) {
    const node = sky.nodes[n % 2];
    await node.sim('listen', {on: false});
    Object.assign(paid, await buy(world, n));
    await teller.depositsIn('done', n + 1);
    await node.sim('listen', {on: true});
  }
  await world.assertPaid(paid);
  await noProblem(world);
});

// What can be wrong with a node that answers, and what health says of it.
const troubles = [
  {why: 'is behind its peers', says: /behind/i, on: ['behind', {blocks: 2}], off: ['behind', {blocks: 0}]},
  {why: 'is on another chain', says: /chain|genesis/i, on: ['genesis', {}], off: ['genesis', {other: false}]},
  {why: 'has no peers', says: /peer|connection/i, on: ['peers', {count: 0}], off: ['peers', {count: 1}]},
  {why: 'is of another coin', says: /coin/i, on: ['coin', {name: 'othercoin'}], off: ['coin', {name: 'skycoin'}]},
];

for (const {why, says, on, off} of troubles) {
  test(`the first of two nodes ${why}: said in health, and the second is used`, async suite => {
    const world = await World.pretended(suite, {sky: {nodes: 2}});
    const {teller, sky} = world;
    await teller.startAll();
    const paid = await buy(world, 0);       // the chain is known now
    await teller.depositsIn('done', 1);
    await sky.sim('tick', {count: 3});
    await sky.nodes[0].sim(...on);
    await problemOf(world, says);
    const before = (await sky.ledger()).injections.length;
    Object.assign(paid, await buy(world, 1));
    await teller.depositsIn('done', 2);
    assert.deepEqual((await sky.ledger()).injections.slice(before).map(i => i.node), [1]);
    await sky.nodes[0].sim(...off);
    await noProblem(world);
    await world.assertPaid(paid);
  });
}

const secretOf = ({teller}, address) => generateKeys(teller.walletSeed, teller.walletAddresses.length).keys
  .find(k => k.address === address).secret.toString('hex');

// Somebody else spends an input of the pending payment, deep in the chain, while the node says nothing.
async function rob(world) {
  const {sky} = world;
  const {pending: [payment], confirmed} = await until('a pending payment', async () => (l => l.pending.length && l)(await sky.ledger()));
  const {address} = confirmed.flatMap(t => t.outputs).find(o => o.uxid === payment.inputs[0]);
  await sky.sim('listen', {on: false});
  await sky.sim('doublespend', {uxid: payment.inputs[0], secret: secretOf(world, address)});
  await sky.sim('tick', {count: DEAD_DEPTH + 2});
  await sky.sim('sweep');
  return payment;
}

// The node as it is asked again and again.
async function askedAgain({sky}) {
  const asked = async () => Object.values((await sky.ledger()).requests).reduce((a, b) => a + b, 0);
  const before = await asked();
  await until('the node to be asked again', async () => await asked() > before + 10, {deadlineMs: 300000});     // a wrong one seldom is
}

for (const {why, says, on, off} of troubles) {
  test(`a node that ${why} cannot declare a payment dead`, async suite => {
    const world = await World.pretended(suite, {autoBlockMs: 0, fund: 3});
    const {teller, sky} = world;
    await teller.startAll();
    const paid = await buy(world, 0);
    const payment = await rob(world);
    await sky.sim(...on);
    await sky.sim('listen', {on: true});
    await problemOf(world, says);
    await askedAgain(world);
    assert.ok(!(await states(world)).includes('dead'));
    assert.equal((await states(world)).length, 1, 'nothing new is built');
    await sky.sim(...off);
    await until('it to be dead', async () => (await states(world))[0] === 'dead');
    await sky.sim('auto', {ms: 50});
    await teller.depositsIn('done', 1);
    const paidFrom = await sky.paidFrom(teller.walletAddresses);
    assert.equal(paidFrom.get(customer(0)), paid[customer(0)]);
    const confirmed = (await sky.ledger()).confirmed.map(t => t.txid);
    assert.ok(!confirmed.includes(payment.txid));
  });
}
