// The whole sale in dummy mode, by HTTP alone.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {customer} from './lib/files.mjs';
import {request} from './lib/http.mjs';
import {until} from './lib/wait.mjs';
import {World} from './lib/world.mjs';

const states = async (teller, sky) => (await teller.statuses(sky)).map(s => s.status);

test('bind, deposit, broadcast, confirm, done', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  const sky = customer(0);
  assert.deepEqual(await teller.statuses(sky), []);

  const address = await teller.bind(sky);
  assert.ok(teller.pool.some(a => a.address === address));
  assert.deepEqual((await teller.statuses(sky)).map(s => [s.seq, s.status, s.coin_type]), [[0, 'waiting_deposit', 'BTC']]);

  await teller.pretendDeposit({address, satoshi: 1000000, tx: 'a-transaction', n: 3, height: 120});
  const [sent] = await until('the broadcast', async () => (all => all.length && all)(await teller.broadcasts()));
  assert.deepEqual([sent.outputs.find(o => o.address === sky), sent.confirmed], [{address: sky, coins: '5.000000'}, false]);
  await until('waiting_confirm', async () => (await states(teller, sky))[0] === 'waiting_confirm');

  assert.equal((await teller.pretendConfirmation(sent.txid)).status, 200);
  await until('done', async () => (await states(teller, sky))[0] === 'done');

  const {['a-transaction:3']: d} = await teller.depositsIn('done', 1);
  assert.deepEqual(
    [d.seq, d.coin_type, d.sky_address, d.buy_method, d.deposit_address, d.txid, d.conversion_rate, d.deposit_value, d.sky_sent, d.error],
    [1, 'BTC', sky, 'direct', address, sent.txid, '500', 1000000, 5000000, '']);
  assert.deepEqual([d.deposit.address, d.deposit.value, d.deposit.height, d.deposit.tx, d.deposit.n], [address, 1000000, 120, 'a-transaction', 3]);
  const {sent: skySent, received} = await teller.accounting();
  assert.deepEqual([skySent, received.BTC], ['5.000000', '0.01000000']);
});

test('the same tx:n again, before and after done, changes nothing; another n is another deposit', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  const sky = customer(0);
  const deposit = {address: await teller.bind(sky), satoshi: 200000, tx: 'twice'};
  const confirmAll = async () => {
    for (const b of await teller.broadcasts()) if (!b.confirmed) await teller.pretendConfirmation(b.txid);
  };
  for (let i = 0; i < 3; i++) await teller.pretendDeposit(deposit);
  await until('done', async () => { await confirmAll(); return (await states(teller, sky))[0] === 'done'; });
  for (let i = 0; i < 3; i++) await teller.pretendDeposit(deposit);
  // What comes after the repetitions in the same queue has been handled: so have they.
  await teller.pretendDeposit({...deposit, n: 1});
  await until('the second done', async () => { await confirmAll(); return (await states(teller, sky)).join() === 'done,done'; });
  const all = await teller.deposits();
  assert.deepEqual(all.map(d => [d.deposit_id, d.sky_sent]), [['twice:0', 1000000], ['twice:1', 1000000]]);
  const paid = (await teller.broadcasts()).flatMap(b => b.outputs).filter(o => o.address === sky);
  assert.deepEqual(paid.map(o => o.coins), ['1.000000', '1.000000']);
});

test('a payout beyond the balance waits, a smaller one behind it passes, health says sold out', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  const [large, small] = [customer(0), customer(1)];
  await teller.pretendDeposit({address: await teller.bind(large), satoshi: 100000000, tx: 'large'});
  const soldOut = () => until('sender_error', async () => (await teller.health()).exchange.sender_error === 'CreateTransaction not enough coins');
  await soldOut();
  await teller.pretendDeposit({address: await teller.bind(small), satoshi: 200000, tx: 'small'});
  const [sent] = await until('the broadcast', async () => (all => all.length && all)(await teller.broadcasts()));
  assert.ok(sent.outputs.some(o => o.address === small && o.coins === '1.000000'));
  assert.deepEqual(await states(teller, large), ['waiting_send']);
  await soldOut();
});

test('a deposit to an address that nobody bound is kept and pointed out', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  await teller.pretendDeposit({address: teller.pool.at(-1).address, satoshi: 5000, tx: 'stray'});
  await until('the warning', () => teller.watchLines('exchangerd').some(l => l.includes('stray')));
  assert.deepEqual(await teller.deposits(), []);
});

test('nothing was broadcast before the first sale; a mistake is a 400', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  assert.equal((await request(`${teller.dummy}/dummy/sender/broadcasts`)).text, '[]');
  const wrong = await request(`${teller.dummy}/dummy/scanner/deposit?value=1&height=1&tx=x`, {method: 'POST'});
  assert.deepEqual([wrong.status, wrong.text], [400, 'addr required\n']);
});
