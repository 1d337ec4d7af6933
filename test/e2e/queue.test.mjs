// A long queue: no more transactions than its bytes demand, and they are in the next two blocks.
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {test} from 'node:test';
import {postAll} from '../bench/pump.mjs';
import {btcPool, customer} from './lib/files.mjs';
import {until} from './lib/wait.mjs';
import {World, owed} from './lib/world.mjs';

const PAYOUTS = 1000;
const CUSTOMERS = 10;
const SATOSHI = 1000;       // the nth deposit is n * 200 satoshi, 0.001 SKY, more: all payouts differ

// Bytes of a transaction: 49, 97 for an input, 37 for an output.
const LARGEST = 32768;
const least = payouts => Math.ceil(payouts * 37 / (LARGEST - 49 - 97 - 37));

const satoshi = n => SATOSHI + 200 * n;
const txid = n => createHash('sha256').update(`queue ${n}`).digest('hex');

// A thousand payouts that wait, and a senderd that is told to pay only then.
async function queued(suite, {fund}) {
  const world = await World.pretended(suite, {fund, autoBlockMs: 0, pool: btcPool(4),
    conf: {sky_exchanger: {send_enabled: false}}});
  const {teller} = world;
  await teller.startAll();
  const bound = [];
  for (let n = 0; n < CUSTOMERS; n++) bound.push(await teller.bind(customer(n)));
  await postAll(teller.dummy, Array.from({length: PAYOUTS}, (_, n) => '/dummy/scanner/deposit?' +
    new URLSearchParams({addr: bound[n % CUSTOMERS], value: satoshi(n), height: 1 + (n / 100 | 0), tx: txid(n), n: 0, coin: 'BTC'})), 8);
  await until('all payouts to wait', async () => await countIn(teller, 'waiting') === PAYOUTS);
  teller.configure({sky_exchanger: {send_enabled: true}});
  await teller.restart('senderd');
  return world;
}

async function countIn(teller, state) {
  const [{n}] = await teller.query(`SELECT COUNT(*) AS n FROM payout WHERE state = '${state}'`);
  return n;
}

const sent = async world => new Set((await world.sky.ledger()).injections.map(i => i.txid)).size;

async function assertDone(world) {
  await until('all payouts to be confirmed', async () => await countIn(world.teller, 'confirmed') === PAYOUTS);
  assert.equal(await sent(world), least(PAYOUTS));
  const expected = {};
  for (let n = 0; n < PAYOUTS; n++) expected[customer(n % CUSTOMERS)] = (expected[customer(n % CUSTOMERS)] ?? 0n) + owed(satoshi(n));
  await world.assertPaid(expected);
}

test('a thousand payouts, outputs for all transactions: all sent at once, done after two blocks', async suite => {
  const world = await queued(suite, {fund: 2});
  await until('all payouts to be sent', async () => await countIn(world.teller, 'sent') === PAYOUTS);
  for (let n = 0; n < 2; n++) await world.sky.sim('block');      // a block holds the bytes of one of them
  await assertDone(world);
});

test('a thousand payouts, one output: the second is paid with the change of the first', async suite => {
  const world = await queued(suite, {fund: 1});
  await until('the first to be sent', async () => await countIn(world.teller, 'sent') > 0);
  assert.equal(await sent(world), 1);
  await world.sky.sim('block');
  await until('the rest to be sent', async () => await countIn(world.teller, 'waiting') === 0 && await countIn(world.teller, 'in_tx') === 0);
  await world.sky.sim('block');
  await assertDone(world);
});
