// Every way to pay that a customer may think of, in a few real blocks.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {btcPool, customer} from './lib/files.mjs';
import {until} from './lib/wait.mjs';
import {World, owed} from './lib/world.mjs';

const EXACT = 1000000;       // 5 SKY
const UNEVEN = 123456;       // 0.61728 SKY: paid 0.617
const DUST = 199;            // 0.000995 SKY: nothing
const SMALLEST = 200;        // 0.001 SKY

test('exact, uneven, dust, twice, many in one block, two addresses of one customer', async suite => {
  const world = await World.real(suite);
  const {teller, bitcoin} = world;
  await teller.startAll();
  const [exact, uneven, dust, smallest, twice, both] = [0, 1, 2, 3, 4, 5].map(customer);
  const address = {};
  for (const sky of [exact, uneven, dust, smallest, twice]) address[sky] = await teller.bind(sky);
  const pair = [await teller.bind(both), await teller.bind(both)];
  assert.notEqual(pair[0], pair[1]);

  const one = await bitcoin.pay([
    {address: address[exact], satoshi: EXACT},
    {script: '6a0568656c6c6f', satoshi: 0},
    {address: address[uneven], satoshi: UNEVEN},
    {address: address[dust], satoshi: DUST},
    {address: address[twice], satoshi: EXACT},
    {address: address[twice], satoshi: EXACT},
    {address: pair[0], satoshi: UNEVEN}], {mine: 0});
  const two = await bitcoin.pay([{address: address[smallest], satoshi: SMALLEST}, {address: pair[1], satoshi: EXACT}]);
  const three = await bitcoin.pay([{address: address[twice], satoshi: UNEVEN}]);

  const ids = [0, 2, 3, 4, 5, 6].map(n => `${one.txid}:${n}`).concat(`${two.txid}:0`, `${two.txid}:1`, `${three.txid}:0`);
  const deposits = await teller.depositsIn('done', ids.length);
  assert.deepEqual(Object.keys(deposits).sort(), ids.sort());
  const nothing = deposits[`${one.txid}:3`];
  assert.deepEqual([nothing.error, nothing.sky_sent, nothing.txid], ['Skycoin send amount is 0', 0, '']);
  assert.equal((await teller.health()).exchange.deposit_error_count, 1);
  assert.deepEqual((await teller.statuses(both)).map(s => s.status), ['done', 'done']);
  assert.deepEqual((await teller.statuses(twice)).map(s => s.status), ['done', 'done', 'done']);
  await world.assertPaid({
    [exact]: owed(EXACT), [uneven]: owed(UNEVEN), [smallest]: owed(SMALLEST),
    [twice]: owed(EXACT) * 2n + owed(UNEVEN), [both]: owed(UNEVEN) + owed(EXACT)});
});

test('blocks scanned again after the cursor was there already are the same deposits', async suite => {
  const world = await World.real(suite);
  const {teller, bitcoin} = world;
  await teller.startAll();
  const sky = customer(0);
  await bitcoin.pay([{address: await teller.bind(sky), satoshi: EXACT}]);
  await teller.depositsIn('done', 1);
  await teller.restartAll();
  await bitcoin.pay([{address: await teller.bind(sky), satoshi: UNEVEN}]);
  await teller.depositsIn('done', 2);
  await world.assertPaid({[sky]: owed(EXACT) + owed(UNEVEN)});
});

test('a binding made after the payment was seen, and outputs that are no address', async suite => {
  const world = await World.real(suite);
  const {teller, bitcoin} = world;
  await teller.startAll();
  const next = teller.pool[0].address;    // the pool is given out in its order
  await bitcoin.pay([{address: next, satoshi: EXACT}, {script: '51', satoshi: 777}]);
  await until('the warning', () => teller.watchLines('exchangerd').length > 0);
  assert.deepEqual(await teller.deposits(), []);
  await world.assertPaid({});
});

test('forty deposits in one block, one customer each', async suite => {
  const world = await World.real(suite, {pool: btcPool(8)});
  const {teller, bitcoin} = world;
  await teller.startAll();
  const sales = [];
  for (let n = 0; n < 40; n++) sales.push({sky: customer(n), address: await teller.bind(customer(n)), satoshi: 10000 + 17 * n});
  await bitcoin.pay(sales.map(({address, satoshi}) => ({address, satoshi})));
  await teller.depositsIn('done', 40);
  await world.assertPaid(Object.fromEntries(sales.map(s => [s.sky, owed(s.satoshi)])));
});
