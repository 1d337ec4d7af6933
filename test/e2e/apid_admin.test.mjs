// The operator's API: lists with deposits in many states, exact sums, backups that are databases.
import assert from 'node:assert/strict';
import {mkdirSync, writeFileSync} from 'node:fs';
import {test} from 'node:test';
import {query} from './lib/db.mjs';
import {btcPool, customer} from './lib/files.mjs';
import {postJson} from './lib/http.mjs';
import {rawRequest} from './lib/raw_http.mjs';
import {Teller} from './lib/teller.mjs';
import {until} from './lib/wait.mjs';
import {World} from './lib/world.mjs';

const ETH_POOL = Array.from({length: 6}, (_, n) => `0x${(n + 1).toString(16).padStart(40, '0')}`);
const WEI = '12345678901234567';            // no whole gwei, and no double
const WEI_MOST = '9223372036854775807';     // two of these do not fit 64 bits with a sign

async function startedWithEth(suite) {
  const {teller} = await World.dummy(suite, {conf: {eth_addresses: 'eth_addresses.txt', eth_scanner: {enabled: true},
    sky_exchanger: {sky_eth_exchange_rate: '100'}}});
  writeFileSync(teller.file('eth_addresses.txt'), ETH_POOL.join('\n') + '\n');
  await teller.startAll();
  return teller;
}

const sold = async (teller, n, coin, value, tx) => {
  const address = await teller.bind(customer(n), coin);
  await teller.pretendDeposit({address, satoshi: value, tx, coin, height: 7, n: 2});
  return address;
};
const depositIs = (teller, tx, status) => until(`${tx} to be ${status}`, async () =>
  (await teller.deposits()).find(d => d.deposit.tx === tx && d.status === status));

const NO_PASSTHROUGH = {
  exchange_name: '', sky_bought: 0, deposit_value_spent: 0, requested_amount: '',
  order: {customer_id: '', order_id: '', completed_amount: '', price: '', status: '', final: false, original: ''},
};

test('lists and sums over deposits of two coins in four states', async suite => {
  const began = Math.floor(Date.now() / 1000);
  const teller = await startedWithEth(suite);
  const address = {};
  address.done = await sold(teller, 0, 'BTC', '200000', 'done');
  const done = await depositIs(teller, 'done', 'waiting_confirm');
  await teller.pretendConfirmation(done.txid);
  await depositIs(teller, 'done', 'done');
  address.dust = await sold(teller, 1, 'BTC', '199', 'dust');
  await depositIs(teller, 'dust', 'done');
  address.eth = await sold(teller, 2, 'ETH', WEI, 'eth');
  const eth = await depositIs(teller, 'eth', 'waiting_confirm');
  for (const tx of ['large-1', 'large-2']) {
    address[tx] = await sold(teller, 3, 'ETH', WEI_MOST, tx);
    await depositIs(teller, tx, 'waiting_send');
  }
  const untouched = await teller.bind(customer(4), 'ETH');

  const all = await teller.deposits();
  assert.deepEqual(all.map(d => [d.seq, d.deposit_id, d.status, d.coin_type, d.sky_sent]), [
    [1, 'done:2', 'done', 'BTC', 1000000],
    [2, 'dust:2', 'done', 'BTC', 0],
    [3, 'eth:2', 'waiting_confirm', 'ETH', eth.sky_sent],
    [4, 'large-1:2', 'waiting_send', 'ETH', 0],
    [5, 'large-2:2', 'waiting_send', 'ETH', 0]]);

  // All fields in the contract's order, byte for byte but for what time and chance decide.
  const fields = ['seq', 'updated_at', 'status', 'coin_type', 'sky_address', 'buy_method', 'deposit_address', 'deposit_id',
    'txid', 'conversion_rate', 'deposit_value', 'sky_sent', 'passthrough', 'error', 'deposit'];
  for (const d of all) assert.deepEqual(Object.keys(d), d.coin_type === 'ETH' ? [...fields, 'deposit_value_wei'] : fields);
  const now = Date.now() / 1000;
  for (const d of all) assert.ok(d.updated_at >= began && d.updated_at <= now);
  const {updated_at: at, txid, ...rest} = all[2];
  assert.ok(at > 0 && /^[0-9a-f]{64}$/.test(txid));
  assert.deepEqual(rest, {
    seq: 3, status: 'waiting_confirm', coin_type: 'ETH', sky_address: customer(2), buy_method: 'direct',
    deposit_address: address.eth, deposit_id: 'eth:2', conversion_rate: '100', deposit_value: 12345678, sky_sent: 1234000,
    passthrough: NO_PASSTHROUGH, error: '',
    deposit: {coin_type: 'ETH', address: address.eth, value: 12345678, height: 7, tx: 'eth', n: 2, processed: false},
    deposit_value_wei: WEI});
  assert.deepEqual([all[3].deposit_value, all[3].deposit_value_wei], [9223372036, WEI_MOST]);
  assert.equal(all[1].error, 'Skycoin send amount is 0');

  const seqs = async filter => (await teller.deposits(filter)).map(d => d.seq);
  assert.deepEqual(await seqs('?status=done'), [1, 2]);
  assert.deepEqual(await seqs('?status=waiting_send'), [4, 5]);
  assert.deepEqual(await seqs('?status=waiting_deposit'), []);
  assert.deepEqual(await seqs('?status='), [1, 2, 3, 4, 5]);
  assert.deepEqual(await seqs('/errored'), [2]);
  assert.equal((await teller.health()).exchange.deposit_error_count, 1);

  assert.deepEqual(await teller.accounting(), {
    sent: '2.234000',       // the unconfirmed one is sent
    received: {BTC: '0.00200199', ETH: '18.459089752610786181', SKY: '0.000000'}});

  assert.deepEqual(await teller.pools(), {
    BTC: {scanning_enabled: false, address_manager_enabled: true, remaining_addresses: teller.pool.length - 2,
      scanning_addresses: [address.done, address.dust]},
    ETH: {scanning_enabled: false, address_manager_enabled: true, remaining_addresses: ETH_POOL.length - 4,
      scanning_addresses: [address.eth, address['large-1'], address['large-2'], untouched]},
    SKY: {scanning_enabled: false, address_manager_enabled: false, remaining_addresses: 0, scanning_addresses: []}});
});

test('status: oldest change first, bindings without a deposit in between', async suite => {
  const teller = await startedWithEth(suite);
  const sky = customer(0);
  const [first, , third] = [await teller.bind(sky), await teller.bind(sky, 'ETH'), await teller.bind(sky)];
  const bound = await teller.statuses(sky);
  assert.deepEqual(bound.map(s => s.coin_type), ['BTC', 'ETH', 'BTC']);
  const boundAt = bound.at(-1).updated_at;
  await until('the clock to go on', () => Math.floor(Date.now() / 1000) > boundAt);
  await teller.pretendDeposit({address: first, satoshi: 200000, tx: 'first'});
  await depositIs(teller, 'first', 'waiting_confirm');
  const seen = await teller.statuses(sky);
  assert.deepEqual(seen.map(s => [s.seq, s.status, s.coin_type]),
    [[0, 'waiting_deposit', 'ETH'], [1, 'waiting_deposit', 'BTC'], [2, 'waiting_confirm', 'BTC']]);
  assert.deepEqual(seen.slice(0, 2).map(s => s.updated_at), bound.slice(1).map(s => s.updated_at), 'the time of the binding stays');
  await teller.pretendDeposit({address: third, satoshi: 200000, tx: 'third'});
  await teller.pretendDeposit({address: third, satoshi: 200000, tx: 'third', n: 1});
  await until('four entries', async () => (await teller.statuses(sky)).length === 4);
  assert.ok(!JSON.stringify(await teller.statuses(sky)).includes(first), 'where one pays from is nobody\'s business');
});

test('backup while binds run: a whole database, and the daemons start on it', async suite => {
  const pool = btcPool(60);
  const {teller} = await World.dummy(suite, {pool});
  await teller.startAll();
  const before = await teller.bind(customer(0));
  let over = false;
  const binder = async n => {
    let bound = 0;
    for (; !over && (await postJson(`${teller.public}/api/bind`, {skyaddr: customer(n), coin_type: 'BTC'})).status === 200; bound++);
    return bound;
  };
  const binders = Promise.all([1, 2, 3].map(binder));
  const backups = [];
  for (let i = 0; i < 3; i++) backups.push(await rawRequest(`${teller.admin}/api/backup`, {method: i ? 'GET' : 'POST'}));
  over = true;
  const bound = (await binders).reduce((a, b) => a + b);
  assert.ok(bound > 0);
  for (const r of backups) {
    assert.deepEqual([r.status, r.headers.get('content-type')], [200, ['application/octet-stream']]);
    assert.match(r.headers.get('content-disposition')[0], /^attachment; filename="teller-\d{10}\.db"$/);
    assert.deepEqual(r.headers.get('content-length'), [String(r.bytes.length)]);
  }

  const other = await Teller.create({pool, conf: {dummy: {scanner: true, sender: true}}});
  suite.after(async () => { await other.stopAll(); other.remove(); });
  writeFileSync(other.file('teller.db'), backups.at(-1).bytes);
  assert.deepEqual(await query(other.file('teller.db'), 'PRAGMA integrity_check'), [{integrity_check: 'ok'}]);
  await other.startAll();
  const addresses = (await other.pools()).BTC;
  assert.equal(addresses.scanning_addresses[0], before);
  assert.ok(addresses.scanning_addresses.length <= bound + 1);
  assert.equal(addresses.scanning_addresses.length + addresses.remaining_addresses, pool.length);
  await other.pretendDeposit({address: before, satoshi: 200000, tx: 'after the disaster'});
  await until('the deposit', async () => (await other.statuses(customer(0)))[0].status === 'waiting_confirm');
});

test('backup fails when its folder takes no file, and says so', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  // The copy's name is the process's and a number: a folder that bears it is in the way.
  mkdirSync(teller.file(`backup/copy-${teller.daemons.apid.pid}-0`));
  const r = await rawRequest(`${teller.admin}/api/backup`);
  assert.equal(r.status, 500);
  assert.match(r.body, /^backup failed: backup '.*' is there already\n$/);
  assert.equal((await rawRequest(`${teller.admin}/api/backup`)).status, 200);
  await teller.isWell();
});
