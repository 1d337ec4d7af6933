// What the real chain can hold: every kind of output in one transaction, what must not be credited
// beside it, coinbases, and a node that lies about its blocks.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {keyRing} from '../nodes/bitcoin-keys.mjs';
import {btcPool, customer} from './lib/files.mjs';
import {until} from './lib/wait.mjs';
import {World, owed} from './lib/world.mjs';

const SATOSHI = 1000000;
const MATURE = 100;

const cursor = async teller => (await teller.query(`SELECT height FROM cursor WHERE coin = 'BTC'`))[0]?.height;
const scannedTo = (teller, height) => until(`block ${height} to be scanned`, async () => await cursor(teller) >= height);
const pushed = key => '21' + key.getPublicKey().toString('hex');

test('every kind of output in one transaction, one address twice; keys alone and nothing are not credited', async suite => {
  const pool = btcPool(1);
  const world = await World.real(suite, {pool});
  const {teller, bitcoin} = world;
  await teller.startAll();
  const sales = [];
  for (const [n] of pool.entries()) sales.push({sky: customer(n), address: await teller.bind(customer(n)), satoshi: SATOSHI + 1000 * n});
  const key = keyRing('deposit 0');       // all five addresses are of this key
  const outputs = [
    ...sales.map(({address, satoshi}) => ({address, satoshi})),
    {address: sales[2].address, satoshi: 777000},                                            // 5: again
    {script: `${pushed(key)}ac`, satoshi: 600000},                                           // P2PK of its key
    {script: `51${pushed(key)}51ae`, satoshi: 600000},                                       // bare multisig, 1 of 1
    {script: `51${pushed(key)}${pushed(keyRing('another'))}52ae`, satoshi: 600000},          // 1 of 2
    {address: sales[0].address, satoshi: 0},
    {script: '6a0468656c6c', satoshi: 0},
  ];
  const {txid} = await bitcoin.pay(outputs, {mine: 3});
  const deposits = await teller.depositsIn('done', 6);
  assert.deepEqual(Object.entries(deposits).map(([id, d]) => [id, d.deposit_address, d.deposit_value]).sort(),
    [...sales.map((s, n) => [`${txid}:${n}`, s.address, s.satoshi]), [`${txid}:5`, sales[2].address, 777000]].sort());
  await scannedTo(teller, await bitcoin.height());
  const expected = Object.fromEntries(sales.map(s => [s.sky, owed(s.satoshi)]));
  expected[sales[2].sky] += owed(777000);
  await world.assertPaid(expected);
});

test('a coinbase counts after a hundred blocks; one that left the chain before never does', async suite => {
  const world = await World.real(suite, {conf: {sky_exchanger: {sky_btc_exchange_rate: 10}}});
  const {teller, bitcoin} = world;
  await teller.startAll();
  const [stays, gone] = [customer(0), customer(1)];
  const [address, lost] = [await teller.bind(stays), await teller.bind(gone)];
  await bitcoin.rpc('generatetoaddress', 1, address);
  const height = await bitcoin.height();
  await bitcoin.rpc('generatetoaddress', 1, lost);
  await scannedTo(teller, height + 1);
  await bitcoin.drop(1);                                        // the node takes the second one back
  await bitcoin.mine(MATURE - 2);                               // 99 confirmations of the first
  await scannedTo(teller, height + MATURE - 2);
  assert.deepEqual(await teller.deposits(), []);
  assert.deepEqual((await teller.statuses(stays)).map(s => s.status), ['waiting_deposit']);
  await bitcoin.mine(1);
  const [d] = Object.values(await teller.depositsIn('done', 1));
  assert.deepEqual([d.deposit_address, d.deposit_value, d.deposit_id.endsWith(':0')], [address, 50e8, true]);
  await bitcoin.mine(2);
  await scannedTo(teller, height + MATURE + 1);
  await world.assertPaid({[stays]: owed(50e8, [10, 1])});
});

// Hex of a raw block in an answer; `lie` changes its bytes.
const inBlocks = lie => text => text.replace(/"([0-9a-f]{400,})"/g, (_, hex) => `"${lie(Buffer.from(hex, 'hex')).toString('hex')}"`);
const flipped = at => bytes => { bytes[at < 0 ? bytes.length + at : at] ^= 1; return bytes; };
const LIES = [
  ['another header', flipped(76), /sent block [0-9a-f]{64} at height|merkle root|header/],
  ['another merkle root', flipped(40), /merkle root does not match/],
  ['a changed transaction', flipped(-20), /bad block/],
  ['a byte too many', b => Buffer.concat([b, Buffer.from([0])]), /bytes after the last transaction/],
  ['a byte too few', b => b.subarray(0, -1), /ends too early/],
  ['another count', b => { b[80] = 0xfc; return b; }, /count is too large|ends too early/],
  ['nothing', () => Buffer.alloc(0), /ends too early/],
];

test('a node that lies about a block is refused and reported, the cursor stays; then it goes on', async suite => {
  const world = await World.real(suite, {proxy: true});
  const {teller, bitcoin, proxy} = world;
  await teller.startAll();
  const address = await teller.bind(customer(0));
  let paid = 0n;
  for (const [n, [what, lie, words]] of LIES.entries()) {
    await scannedTo(teller, await bitcoin.height());
    const before = await cursor(teller);
    proxy.rewrite = inBlocks(lie);
    await bitcoin.pay([{address, satoshi: SATOSHI + n}]);
    const {text} = await until(`health to tell of ${what}`, async () => (await teller.problems()).find(p => p.what === 'btc_node' && words.test(p.text)));
    assert.match(text, words, what);
    assert.equal(await cursor(teller), before, what);
    proxy.rewrite = text => text;
    await teller.depositsIn('done', n + 1);
    paid += owed(SATOSHI + n);
  }
  await world.assertPaid({[customer(0)]: paid});
  await teller.isWell();
});
