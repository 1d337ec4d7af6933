// What the hot wallet looks like after a day: cut into outputs of working size, dust gone, change at
// home; judged by simulated nodes of both burn rules, which share no code with senderd.
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {test} from 'node:test';
import {btcPool, customer} from './lib/files.mjs';
import {until} from './lib/wait.mjs';
import {World, owed} from './lib/world.mjs';

const PAYOUTS = 40;
const CUSTOMERS = 8;
const LARGE = 2000, DUST = 30, MILLI = 1000n;       // SKY; outputs of 0.001 SKY, in droplets
const WANTED = 6, LEAST = 50;
const MOST = 7;

const satoshi = n => 20000 + 200 * (n * n % 37);        // from 0.1 SKY, and some of them equal
const txid = n => createHash('sha256').update(`shape ${n}`).digest('hex');
const droplets = coins => BigInt(coins.replace('.', ''));

async function unspent(world) {
  const r = await fetch(`${world.sky.url}/api/v1/outputs?addrs=${world.teller.walletAddresses.join(',')}`);
  return (await r.json()).head_outputs;
}

async function sell(world) {
  const {teller} = world;
  const bound = [];
  for (let n = 0; n < CUSTOMERS; n++) bound.push(await teller.bind(customer(n)));
  for (let n = 0; n < PAYOUTS; n++)
    await teller.pretendDeposit({address: bound[n % CUSTOMERS], satoshi: satoshi(n), tx: txid(n)});
  await teller.depositsIn('done', PAYOUTS);
}

const expected = () => {
  const sums = {};
  for (let n = 0; n < PAYOUTS; n++) sums[customer(n % CUSTOMERS)] = (sums[customer(n % CUSTOMERS)] ?? 0n) + owed(satoshi(n));
  return sums;
};

for (const generation of ['modern', 'early']) {
  test(`${generation}: the wallet is cut before the first sale, dust goes along, nothing is lost`, async suite => {
    const world = await World.pretended(suite, {fund: 0, pool: btcPool(4), sky: {generation}, conf: {sky_exchanger: {
      split_outputs: WANTED, split_min: LEAST, max_outputs_per_tx: MOST, sweep_below: 1}}});
    await world.fund(1, String(LARGE), 1000000);
    for (let n = 0; n < DUST; n++) await world.fund(1, '0.001', 0);     // one by one: equal ones of a block would differ in hours
    await world.teller.startAll();
    await until('the wallet to be cut', async () =>
      (await unspent(world)).filter(o => Number(o.coins) >= LEAST).length === WANTED);
    await sell(world);
    await world.assertPaid(expected());

    const left = await unspent(world);
    const paid = Object.values(expected()).reduce((a, b) => a + b);
    assert.equal(left.reduce((sum, o) => sum + droplets(o.coins), 0n), BigInt(LARGE) * 1000000n + BigInt(DUST) * MILLI - paid);
    assert.deepEqual(left.filter(o => droplets(o.coins) === MILLI), []);
    assert.equal(left.filter(o => Number(o.coins) >= LEAST).length, WANTED);

    const {confirmed} = await world.sky.ledger();
    const own = new Set(world.teller.walletAddresses);
    const ours = confirmed.filter(t => t.inputs.every(i => own.has(i.address)));
    for (const t of ours) assert.ok(t.outputs.filter(o => !own.has(o.address)).length <= MOST);
    assert.equal(ours.filter(t => t.outputs.every(o => own.has(o.address))).length, 1);     // one split, no more
  });
}
