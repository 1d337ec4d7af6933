// Bytes that were built while a node asked for a tenth of the hours are offered, after a fail-over, to
// one that asks for half: it must take them.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {btcPool, customer} from './lib/files.mjs';
import {until} from './lib/wait.mjs';
import {World, owed} from './lib/world.mjs';

const SATOSHI = 1000000;
const TXID = '5a'.repeat(32);
const TENTH = 0, HALF = 1;      // the nodes, in the order of sky_rpc.address

// A payment that the first node would not take, nor talk any more when it was built; what the second
// answered to it first.
async function failOver(suite, conf) {
  const world = await World.pretended(suite, {fund: 1, pool: btcPool(1), conf: {sky_exchanger: conf},
    sky: {nodes: 2, generation: 'modern,early'}});
  const {teller, sky} = world;
  await sky.nodes[TENTH].sim('fail', {mode: 'error', path: 'inject', next: -1});
  await teller.startAll();
  await teller.pretendDeposit({address: await teller.bind(customer(0)), satoshi: SATOSHI, tx: TXID});
  const offered = node => until('a transaction to be offered', async () => (await sky.ledger()).injections.find(i => i.node === node));
  const first = await offered(TENTH);
  await sky.nodes[TENTH].sim('fail', {mode: 'drop', path: '/', next: -1});
  const second = await offered(HALF);
  assert.equal(second.rawtx, first.rawtx);
  return {world, second};
}

test('as configured when nothing is: half burns, and every node takes it', async suite => {
  const {world, second} = await failOver(suite, {});
  assert.equal(second.verdict, 'accepted');
  await world.teller.depositsIn('done', 1);
  await world.assertPaid({[customer(0)]: owed(SATOSHI)});
});

test('burn_factor = 10 is for operators whose nodes are all new: another refuses it, and it is held', async suite => {
  const {world, second} = await failOver(suite, {burn_factor: 10});
  assert.equal(second.verdict, 'refused');
  assert.match(second.message, /coinhour fee minimum not met/);
  await until('a person to be told', async () => (await world.teller.problems()).some(p => p.what === 'payout_tx'));
});
