// What keeps one visitor from emptying the pool: a quota of new addresses for each client and day, and
// an address that nobody paid to being handed out again.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {btcPool, customer} from './lib/files.mjs';
import {request} from './lib/http.mjs';
import {aWholeDay, until} from './lib/wait.mjs';
import {World} from './lib/world.mjs';

const bind = (teller, n, forwarded) => request(`${teller.public}/api/bind`, {method: 'POST',
  headers: {'content-type': 'application/json', ...forwarded && {'x-forwarded-for': forwarded}},
  body: JSON.stringify({skyaddr: customer(n), coin_type: 'BTC'})});

test('quota: by client, exact under a rush, kept over a restart', async suite => {
  await aWholeDay();
  const {teller} = await World.dummy(suite, {pool: btcPool(10), conf: {teller: {binds_per_ip_per_day: 5}, web: {behind_proxy: true}}});
  await teller.startAll();
  const rush = await Promise.all(Array.from({length: 32}, (_, n) => bind(teller, n, '10.1.1.1')));
  const given = rush.filter(r => r.status === 200);
  assert.equal(given.length, 5);
  assert.equal(new Set(given.map(r => r.json.deposit_address)).size, 5);
  const [over] = rush.filter(r => r.status !== 200);
  assert.equal(over.status, 429);
  assert.match(over.text, /^You have been given the maximum number of deposit addresses for today\. .*\n$/);
  assert.ok(Number(over.headers['retry-after']) > 0 && Number(over.headers['retry-after']) <= 86400);
  assert.equal((await teller.pools()).BTC.remaining_addresses, teller.pool.length - 5, 'what is refused costs no address');

  assert.equal((await bind(teller, 0, '10.9.9.9, 10.1.1.2')).status, 200, 'another client');
  // A provider gives a customer a whole /64.
  for (let n = 0; n < 5; n++) assert.equal((await bind(teller, n, `2001:db8:1:2::${n + 1}`)).status, 200);
  assert.equal((await bind(teller, 0, '2001:db8:1:2:ffff::1')).status, 429);
  assert.equal((await bind(teller, 0, '2001:db8:1:3::1')).status, 200);

  await teller.restartAll();
  assert.equal((await bind(teller, 0, '10.1.1.1')).status, 429, 'a restart forgives nobody');
  assert.equal((await teller.query('SELECT COUNT(*) AS n FROM bind_quota'))[0].n, 4);
});

test('reuse: who asks again gets the same address until somebody has paid to it', async suite => {
  const {teller} = await World.dummy(suite, {conf: {teller: {reuse_unbound_after: '1h', max_bound_addrs: 2}}});
  await teller.startAll();
  const rush = await Promise.all(Array.from({length: 32}, () => bind(teller, 0)));
  assert.deepEqual(new Set(rush.map(r => r.status)), new Set([200]));
  const [first, ...more] = new Set(rush.map(r => r.json.deposit_address));
  assert.deepEqual(more, [], 'one binding for all of them');
  assert.equal((await teller.pools()).BTC.remaining_addresses, teller.pool.length - 1);
  assert.equal((await teller.statuses(customer(0))).length, 1);
  assert.notEqual(await teller.bind(customer(1)), first, 'another SKY address');

  await teller.pretendDeposit({address: first, satoshi: 200000, tx: 'paid'});
  await until('the deposit', async () => (await teller.statuses(customer(0)))[0].status === 'waiting_confirm');
  const second = await teller.bind(customer(0));
  assert.notEqual(second, first, 'an address that was paid to is not handed out again');
  assert.equal(await teller.bind(customer(0)), second);
  await teller.pretendDeposit({address: second, satoshi: 200000, tx: 'paid too'});
  await until('the deposit', async () => (await teller.statuses(customer(0))).every(s => s.status === 'waiting_confirm'));
  const refused = await bind(teller, 0);
  assert.deepEqual([refused.status, refused.text], [500, 'The maximum number of addresses have been assigned to this SKY address\n']);

  // Off, as it is by default: every request has an address of its own.
  teller.configure({teller: {reuse_unbound_after: '0', max_bound_addrs: 0}});
  await teller.restartAll();
  assert.notEqual(await teller.bind(customer(2)), await teller.bind(customer(2)));
});
