// kill -9 at every point that a split of the hot wallet passes: a transaction that pays nobody is
// saved before it is sent, the same bytes again, and made once, with sales behind it.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {until} from '../e2e/lib/wait.mjs';
import {assertBooks} from './lib/books.mjs';
import {CrashWorld} from './lib/crash_world.mjs';
import {sellOnPretendedChain} from './lib/sales.mjs';

const AT_ONCE = 3;
const FUNDED = 1000, WANTED = 4;
const POINTS = ['save', 'inject', 'sent', 'confirm'].flatMap(step => [`payer.${step}.before`, `payer.${step}.after`]);

// Transactions of the wallet's whose outputs are all its own.
async function splits({teller, sky}) {
  const own = new Set(teller.walletAddresses);
  const {confirmed} = await sky.ledger();
  return confirmed.filter(t => [...t.inputs, ...t.outputs].every(o => own.has(o.address)));
}

async function killAt(suite, fault) {
  const world = await CrashWorld.pretended(suite, {fund: 1, conf: {sky_exchanger: {split_outputs: WANTED, split_min: FUNDED / 10}}});
  world.startAll({senderd: {TELLER_FAULT: fault}});
  await world.diesOf('senderd');
  await until('the wallet to be cut', async () => (await splits(world)).length > 0);
  const sales = await sellOnPretendedChain(world);
  assert.deepEqual(world.deaths, ['senderd']);
  await assertBooks(world, sales);
  const made = await splits(world);
  assert.deepEqual(made.map(t => t.outputs.length), [WANTED]);
}

test('killed during a split', {concurrency: AT_ONCE}, suite =>
  Promise.all(POINTS.map(point => suite.test(point, t => killAt(t, `${point}:1`)))));
