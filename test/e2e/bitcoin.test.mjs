// One deposit, all the way: a real Bitcoin block, a signed and valid Skycoin transaction, `done`.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {btcPool, customer} from './lib/files.mjs';
import {World, owed} from './lib/world.mjs';

test('a deposit to each of the five address types is paid exactly', async suite => {
  const pool = btcPool(1);
  const world = await World.real(suite, {pool});
  const {teller, bitcoin, sky} = world;
  await teller.startAll();

  const sales = [];
  for (const [n] of pool.entries()) {
    const address = await teller.bind(customer(n));
    sales.push({sky: customer(n), address, kind: pool.find(a => a.address === address).kind, satoshi: 1000000 + n * 200000});
  }
  assert.equal(new Set(sales.map(s => s.kind)).size, 5);

  for (const s of sales)
    s.id = `${(await bitcoin.pay([{address: s.address, satoshi: s.satoshi}])).txid}:0`;
  const deposits = await teller.depositsIn('done', sales.length);

  for (const s of sales) {
    const d = deposits[s.id];
    assert.deepEqual([d.sky_address, d.deposit_address, d.deposit_value, BigInt(d.sky_sent), d.error],
      [s.sky, s.address, s.satoshi, owed(s.satoshi), ''], s.kind);
    assert.deepEqual((await teller.statuses(s.sky)).map(x => x.status), ['done']);
  }
  await world.assertPaid(Object.fromEntries(sales.map(s => [s.sky, owed(s.satoshi)])));

  const {confirmed} = await sky.ledger();
  for (const d of Object.values(deposits)) {
    const t = confirmed.find(c => c.txid === d.txid);
    assert.ok(t.outputs.some(o => o.address === d.sky_address && o.droplets === String(d.sky_sent)));
  }
  const {sent, received} = await teller.accounting();
  assert.deepEqual([sent, received.BTC], ['35.000000', '0.07000000']);
});
