// What a customer is told between the payment and its deposit: how many blocks there are, of how many.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ETHER} from './lib/ethereum.mjs';
import {customer} from './lib/files.mjs';
import {request} from './lib/http.mjs';
import {until} from './lib/wait.mjs';
import {World, owed, owedWei} from './lib/world.mjs';

const SATOSHI = 1000000;
const REQUIRED = 3;

const told = async (teller, sky) => (await teller.statuses(sky)).map(s => [s.status, s.coin_type, s.confirmations, s.confirmations_required]);
const waiting = (coin, have, of) => ['waiting_deposit', coin, have, of];
const toldThat = (teller, sky, expected) => until(JSON.stringify(expected), async () => {
  const is = await told(teller, sky);
  if (JSON.stringify(is) !== JSON.stringify(expected)) throw new Error(JSON.stringify(is));
  return true;
});

test('BTC and ETH: one line for each output that was seen, until it is a deposit', async suite => {
  const scanner = {confirmations_required: REQUIRED};
  const world = await World.real(suite, {ethereum: true, conf: {btc_scanner: scanner, eth_scanner: scanner}});
  const {teller, bitcoin, ethereum} = world;
  await teller.startAll();
  const sky = customer(0);
  const btc = await teller.bind(sky), eth = await teller.bind(sky, 'ETH');
  await toldThat(teller, sky, [waiting('BTC'), waiting('ETH')]);

  await bitcoin.pay([{address: btc, satoshi: SATOSHI}, {address: btc, satoshi: 2 * SATOSHI}]);
  await toldThat(teller, sky, [waiting('BTC', 1, REQUIRED), waiting('BTC', 1, REQUIRED), waiting('ETH')]);
  const [{created_at: bound}] = await teller.query('SELECT created_at FROM binding ORDER BY seq');
  assert.ok((await request(`${teller.public}/api/status?skyaddr=${sky}`)).text.startsWith(`{
    "statuses": [
        {
            "seq": 0,
            "updated_at": ${bound},
            "status": "waiting_deposit",
            "coin_type": "BTC",
            "confirmations": 1,
            "confirmations_required": ${REQUIRED}
        },
`));
  await ethereum.pay({to: eth, wei: ETHER / 10n});
  await bitcoin.mine(1);
  await toldThat(teller, sky, [waiting('BTC', 2, REQUIRED), waiting('BTC', 2, REQUIRED), waiting('ETH', 1, REQUIRED)]);
  await bitcoin.mine(1);
  await ethereum.mine(1);
  await until('the deposits in BTC', async () => (await told(teller, sky)).filter(s => s.join() === 'done,BTC,,').length === 2);
  await until('the second block of ETH', async () => (await told(teller, sky)).some(s => s.join() === waiting('ETH', 2, REQUIRED).join()));
  await ethereum.mine(1);
  await teller.depositsIn('done', 3);
  assert.equal((await request(`${teller.public}/api/status?skyaddr=${sky}`)).text.includes('confirmations'), false);

  // Another payment to an address that has deposits already.
  await bitcoin.pay([{address: btc, satoshi: SATOSHI}]);
  await until('four lines', async () => (await told(teller, sky)).filter(s => s[2] === 1).length === 1 && (await told(teller, sky)).length === 4);
  await bitcoin.mine(REQUIRED);
  await teller.depositsIn('done', 4);
  await world.assertPaid({[sky]: 2n * owed(SATOSHI) + owed(2 * SATOSHI) + owedWei(ETHER / 10n)});
});

test('finalized: as many as /api/config says, and less while it is not final', async suite => {
  const world = await World.real(suite, {fund: 0, ethereum: true, conf: {eth_scanner: {confirmations_required: 'finalized'}}});
  const {teller, ethereum} = world;
  await teller.startAll();
  const sky = customer(0);
  await ethereum.pay({to: await teller.bind(sky, 'ETH'), wei: ETHER});
  const {deposits} = JSON.parse((await request(`${teller.public}/api/config`)).text);
  await toldThat(teller, sky, [waiting('ETH', 1, deposits.eth.confirmations_required)]);
  await ethereum.mine(10);
  await until('the deposit', async () => (await told(teller, sky)).join() === 'waiting_send,ETH,,');
});

test('dummy mode: a pretended deposit is confirmed at once', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  const sky = customer(0);
  const address = await teller.bind(sky);
  await toldThat(teller, sky, [waiting('BTC')]);
  await teller.stop('exchangerd');
  await teller.pretendDeposit({address, satoshi: SATOSHI, tx: 'seen'});
  await toldThat(teller, sky, [waiting('BTC', 1, 1)]);
  teller.start('exchangerd');
  await until('the deposit', async () => (await told(teller, sky)).join() !== waiting('BTC', 1, 1).join());
  assert.equal((await told(teller, sky)).length, 1);
  assert.equal((await told(teller, sky))[0][2], undefined);
});
