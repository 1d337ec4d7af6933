// Reorganisations of the real chain: shallow ones nobody notices, deep ones that void what was not
// paid and point out what was.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {customer} from './lib/files.mjs';
import {until} from './lib/wait.mjs';
import {World, owed} from './lib/world.mjs';

const SATOSHI = 1000000;
const REQUIRED = 4;

const scannedTo = (teller, height) => until(`block ${height} to be scanned`,
  async () => (await teller.query('SELECT max(height) AS h FROM block'))[0].h >= height);

// Replaces the newest `depth` blocks by `depth + more` others, in which `transactions` are again.
async function reorganise(bitcoin, depth, {more = 1, transactions = []} = {}) {
  await bitcoin.drop(depth);
  for (const hex of transactions) await bitcoin.send(hex);
  await bitcoin.mine(depth + more);
}

test('depth 1 to 3 below the confirmations required changes nothing', async suite => {
  const world = await World.real(suite, {conf: {btc_scanner: {confirmations_required: REQUIRED}}});
  const {teller, bitcoin} = world;
  await teller.startAll();
  const expected = {};
  for (const depth of [1, 2, 3]) {
    const sky = customer(depth);
    const {hex} = await bitcoin.pay([{address: await teller.bind(sky), satoshi: SATOSHI * depth}], {mine: depth});
    await scannedTo(teller, await bitcoin.height());
    await reorganise(bitcoin, depth, {transactions: [hex]});
    await bitcoin.mine(REQUIRED);
    expected[sky] = owed(SATOSHI * depth);
    await teller.depositsIn('done', depth);
  }
  assert.deepEqual(teller.watchLines('exchangerd'), []);
  await world.assertPaid(expected);
});

test('a payment that is not in the new branch is not paid', async suite => {
  const world = await World.real(suite, {conf: {btc_scanner: {confirmations_required: 3}}});
  const {teller, bitcoin} = world;
  await teller.startAll();
  const [gone, stays] = [customer(0), customer(1)];
  const address = await teller.bind(stays);
  await bitcoin.pay([{address: await teller.bind(gone), satoshi: SATOSHI}], {mine: 2});
  await scannedTo(teller, await bitcoin.height());
  await reorganise(bitcoin, 2);
  await bitcoin.pay([{address, satoshi: SATOSHI}], {mine: 3});
  await teller.depositsIn('done', 1);
  assert.deepEqual((await teller.statuses(gone)).map(s => s.status), ['waiting_deposit']);
  await world.assertPaid({[stays]: owed(SATOSHI)});
});

test('deeper, not yet paid: voided; back on the chain: paid once', async suite => {
  const world = await World.real(suite, {conf: {sky_exchanger: {send_enabled: false}}});
  const {teller, bitcoin} = world;
  await teller.startAll();
  const sky = customer(0);
  const {hex} = await bitcoin.pay([{address: await teller.bind(sky), satoshi: SATOSHI}]);
  await teller.depositsIn('waiting_send', 1);
  await reorganise(bitcoin, 1);
  await until('the deposit to be void', async () => (await teller.query('SELECT state FROM deposit'))[0].state === 'void');
  assert.deepEqual((await teller.statuses(sky)).map(s => s.status), ['waiting_deposit']);

  teller.configure({sky_exchanger: {send_enabled: true}});
  await teller.restartAll();
  await bitcoin.mine(2);
  await scannedTo(teller, await bitcoin.height());
  await world.assertPaid({});

  await bitcoin.send(hex);
  await bitcoin.mine(1);
  await teller.depositsIn('done', 1);
  await world.assertPaid({[sky]: owed(SATOSHI)});
});

test('deeper, paid: pointed out, never paid again', async suite => {
  const world = await World.real(suite);
  const {teller, bitcoin} = world;
  await teller.startAll();
  const [sky, later] = [customer(0), customer(1)];
  const {hex, txid} = await bitcoin.pay([{address: await teller.bind(sky), satoshi: SATOSHI}]);
  await teller.depositsIn('done', 1);
  await reorganise(bitcoin, 1);
  await until('the warning', () => teller.watchLines('exchangerd').some(l => l.includes(txid)));
  assert.deepEqual((await teller.statuses(sky)).map(s => s.status), ['done']);

  await bitcoin.send(hex);
  await bitcoin.pay([{address: await teller.bind(later), satoshi: SATOSHI}]);
  await teller.depositsIn('done', 2);
  await world.assertPaid({[sky]: owed(SATOSHI), [later]: owed(SATOSHI)});
});
