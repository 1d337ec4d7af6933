// The rate of the configuration is that of deposits recorded from now on, never of older ones.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {customer} from './lib/files.mjs';
import {until} from './lib/wait.mjs';
import {World, owed} from './lib/world.mjs';

const SATOSHI = 1000003;

test('a changed rate leaves recorded deposits alone', async suite => {
  const world = await World.real(suite, {conf: {sky_exchanger: {send_enabled: false}}});
  const {teller, bitcoin} = world;
  await teller.startAll();
  const rates = [
    {text: '500', fraction: [500, 1]},
    {text: '0.5', fraction: [1, 2]},
    {text: '1000/3', fraction: [1000, 3]},
  ];
  const expected = {};
  for (const [n, r] of rates.entries()) {
    teller.configure({sky_exchanger: {sky_btc_exchange_rate: r.text}});
    await teller.restartAll();
    const sky = customer(n);
    await bitcoin.pay([{address: await teller.bind(sky), satoshi: SATOSHI}]);
    await until('the deposit to be recorded', async () => (await teller.deposits()).length === n + 1);
    expected[sky] = owed(SATOSHI, r.fraction);
  }
  assert.deepEqual((await teller.deposits()).map(d => d.conversion_rate), rates.map(r => r.text));
  await teller.depositsIn('waiting_send', rates.length);
  await world.assertPaid({});

  teller.configure({sky_exchanger: {sky_btc_exchange_rate: '7', send_enabled: true}});
  await teller.restartAll();
  await teller.depositsIn('done', rates.length);
  await world.assertPaid(expected);
});
