// Two coins in one scannerd: a node that hangs, before and after a start, is its coin's trouble alone.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ETHER} from './lib/ethereum.mjs';
import {customer} from './lib/files.mjs';
import {until} from './lib/wait.mjs';
import {World, owed, owedWei} from './lib/world.mjs';

const SATOSHI = 1000000;

test('a Bitcoin node hangs: ether is sold meanwhile, and bitcoin when it is back', async suite => {
  const world = await World.real(suite, {ethereum: true, conf: {btc_scanner: {confirmations_required: 3}}});
  const {teller, bitcoin, ethereum} = world;
  await teller.startAll();
  const [btc, ...eth] = [0, 1, 2].map(customer);
  const address = await teller.bind(btc);
  const addresses = [await teller.bind(eth[0], 'ETH'), await teller.bind(eth[1], 'ETH')];
  await bitcoin.pay([{address, satoshi: SATOSHI}], {mine: 2});
  await until('the payment to be seen', async () => (await teller.query('SELECT * FROM sighting')).length === 1);

  bitcoin.process.pause();
  await ethereum.pay({to: addresses[0], wei: ETHER});
  await ethereum.mine(50);
  await teller.depositsIn('done', 1);
  await teller.restart('scannerd');       // with a node that takes connections and says nothing
  await ethereum.pay({to: addresses[1], wei: 2n * ETHER});
  await ethereum.mine(50);
  await teller.depositsIn('done', 2);
  assert.deepEqual((await teller.statuses(btc)).map(s => s.status), ['waiting_deposit']);

  bitcoin.process.resume();
  await bitcoin.mine();
  await teller.depositsIn('done', 3);
  await world.assertPaid({[btc]: owed(SATOSHI), [eth[0]]: owedWei(ETHER), [eth[1]]: owedWei(2n * ETHER)});
});
