// Reorganisations of the real chain: shallow ones nobody notices, deep ones that void what was not
// paid and point out what was.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {customer} from './lib/files.mjs';
import {request} from './lib/http.mjs';
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

const errored = async teller => JSON.parse((await request(`${teller.admin}/api/deposits/errored`)).text).deposits;
const history = async (teller, id) => (await teller.query(`SELECT * FROM deposit_history WHERE deposit_id = ${id} ORDER BY step`))
  .map(h => `${h.from_state}>${h.to_state}${/^left the chain/.test(h.why) ? ' left' : /^in the chain again/.test(h.why) ? ' returned' : ''}`);

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
  assert.match((await until('the problem', async () => (await teller.problems()).find(p => p.what === 'left_chain'))).text,
    /^1 deposits that are paid, or being paid, have left their chain/);
  assert.match((await errored(teller))[0].error, /^left the chain in a reorganisation, was in block \d+ [0-9a-f]{64}$/);

  await bitcoin.send(hex);
  await bitcoin.pay([{address: await teller.bind(later), satoshi: SATOSHI}]);
  await teller.depositsIn('done', 2);
  await until('no error to be left', async () => !(await errored(teller)).length && !(await teller.problems()).some(p => p.what === 'left_chain'));
  assert.deepEqual((await history(teller, 1)).slice(-2), ['done>done left', 'done>done returned']);
  await world.assertPaid({[sky]: owed(SATOSHI), [later]: owed(SATOSHI)});
});

test('deeper, signed and on its way: flagged, goes on, never paid again', async suite => {
  const world = await World.real(suite, {sky: {autoBlock: false}, autoBlockMs: 0});
  const {teller, bitcoin, sky} = world;
  await teller.startAll();
  const to = customer(0);
  const {hex} = await bitcoin.pay([{address: await teller.bind(to), satoshi: SATOSHI}]);
  await teller.depositsIn('waiting_confirm', 1);
  await reorganise(bitcoin, 1);
  await until('the flag', async () => (await errored(teller)).length === 1);
  assert.deepEqual((await teller.statuses(to)).map(s => [s.status, s.confirmations]), [['waiting_confirm', undefined]]);
  await bitcoin.send(hex);
  await bitcoin.mine(1);
  await until('no flag', async () => (await errored(teller)).length === 0);
  await sky.sim('block');
  await teller.depositsIn('done', 1);
  await world.assertPaid({[to]: owed(SATOSHI)});
});

test('deeper, held by a cap: voided, waits again with its confirmations, paid once when it is back', async suite => {
  const world = await World.real(suite, {conf: {btc_scanner: {confirmations_required: 2}, sky_exchanger: {cap_payout: '1'}}});
  const {teller, bitcoin} = world;
  await teller.startAll();
  const sky = customer(0);
  const {hex} = await bitcoin.pay([{address: await teller.bind(sky), satoshi: SATOSHI}], {mine: 2});
  await until('the payout to be held', async () => (await teller.ctlJson('payout', 'list', 'held')).length === 1);
  await reorganise(bitcoin, 2);
  await until('the deposit to be void', async () => (await teller.query('SELECT state FROM deposit'))[0].state === 'void');
  const shown = async () => (await teller.statuses(sky)).map(s => [s.status, s.confirmations, s.confirmations_required]);
  assert.deepEqual(await shown(), [['waiting_deposit', undefined, undefined]]);
  // What is void cannot be approved into being paid.
  const approve = () => until('an approval', async () => (await teller.ctl('payout', 'approve', '1')).status === 0);
  await approve();
  await bitcoin.mine(2);
  await scannedTo(teller, await bitcoin.height());
  await world.assertPaid({});
  await bitcoin.send(hex);
  await bitcoin.mine(1);
  await until('its line', async () => JSON.stringify(await shown()) === JSON.stringify([['waiting_deposit', 1, 2]]));
  await bitcoin.mine(1);
  await approve();
  await teller.depositsIn('done', 1);
  assert.deepEqual((await history(teller, 1)).slice(2), ['waiting_send>void left', 'void>waiting_decide returned',
    'waiting_decide>waiting_send', 'waiting_send>waiting_confirm', 'waiting_confirm>done']);
  await world.assertPaid({[sky]: owed(SATOSHI)});
});

test('confirmed and taken back while exchangerd was away: never a deposit, until it is back', async suite => {
  const world = await World.real(suite);
  const {teller, bitcoin} = world;
  await teller.startAll();
  const sky = customer(0);
  const address = await teller.bind(sky);
  await teller.stop('exchangerd');
  const {hex} = await bitcoin.pay([{address, satoshi: SATOSHI}]);
  await until('the sighting', async () => (await teller.query("SELECT state FROM sighting"))[0]?.state === 'confirmed');
  await reorganise(bitcoin, 1);
  await until('it to be taken back', async () => (await teller.query("SELECT state FROM sighting"))[0].state === 'orphaned');
  teller.start('exchangerd');
  await teller.ready();
  assert.deepEqual((await teller.statuses(sky)).map(s => [s.status, s.confirmations]), [['waiting_deposit', undefined]]);
  assert.deepEqual(await teller.query('SELECT * FROM deposit'), []);
  await bitcoin.send(hex);
  await bitcoin.mine(1);
  await teller.depositsIn('done', 1);
  assert.deepEqual(await history(teller, 1), ['>waiting_decide', 'waiting_decide>waiting_send', 'waiting_send>waiting_confirm', 'waiting_confirm>done']);
  await world.assertPaid({[sky]: owed(SATOSHI)});
});
