// scannerd is killed 200 times while it catches up with 2,000 Ethereum blocks that hold 500 deposits and a
// few payments made by contracts: each deposit is paid exactly once, and what contracts paid is
// told exactly once.  SEED=n in the environment repeats the choices that were made.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setTimeout as later} from 'node:timers/promises';
import {Proxy} from '../e2e/lib/bitcoin.mjs';
import {ETHER, ethPool} from '../e2e/lib/ethereum.mjs';
import {customer} from '../e2e/lib/files.mjs';
import {until} from '../e2e/lib/wait.mjs';
import {owedWei} from '../e2e/lib/world.mjs';
import {CrashWorld} from './lib/crash_world.mjs';
import {Random, newSeed} from './lib/random.mjs';

const ADDRESSES = 50;
const DEPOSITS = 500;
const BLOCKS = 2000;
const DEATHS = 200;
const KILL_MS = [40, 160];
const BY_CONTRACT = 5;
const NODE_MS = 25;

const wei = n => ETHER / 100n + BigInt(n);

// [{id, sky, wei}] of the deposits, in as many blocks as are wanted.
async function payAll({teller, ethereum}, bound) {
  const forward = await ethereum.deploy('forward');
  const sales = [];
  for (let n = 0; n < DEPOSITS; n++) {
    const {address, sky} = bound[n % ADDRESSES];
    sales.push({hash: await ethereum.send({to: address, wei: wei(n)}), sky, wei: wei(n)});
    if (n < BY_CONTRACT) await ethereum.payBy(forward, address, ETHER);
    await ethereum.rpc('anvil_mine', '0x' + (BLOCKS / DEPOSITS).toString(16));
  }
  await ethereum.mine(20);
  for (const s of sales) s.id = `${s.hash}:${Number((await ethereum.receipt(s.hash)).transactionIndex)}`;
  return sales;
}

const cursor = async teller => (await teller.query("SELECT height FROM cursor WHERE coin = 'ETH'"))[0]?.height ?? 0;

test('200 kills while catching up', {timeout: 3000000}, async suite => {
  const seed = newSeed();
  console.log(`SEED=${seed}`);
  const random = new Random(seed);
  const world = await CrashWorld.real(suite, {fund: 40, ethereum: {pool: ethPool(ADDRESSES)},
    conf: {eth_scanner: {balance_check: '1s', confirmations_required: 2}}});
  const {teller, ethereum} = world;
  // A slow node, or there would be nothing to catch up with after a few lives.
  world.proxy = await Proxy.start(ethereum.url);
  world.proxy.faults.add({mode: 'delay', next: -1, ms: NODE_MS});
  teller.configure({eth_rpc: {server: world.proxy.server}});
  world.startAll();
  await teller.ready();
  await teller.stop('scannerd');
  const bound = [];
  for (let n = 0; n < ADDRESSES; n++) bound.push({sky: customer(n % 40), address: await teller.bind(customer(n % 40), 'ETH')});
  const sales = await payAll(world, bound);
  const tip = await ethereum.height();
  assert.ok(tip >= BLOCKS);

  world.start('scannerd');
  let behind = 0;       // deaths while there was something to catch up with
  while (world.deaths.length < DEATHS) {
    await later(random.between(...KILL_MS));
    behind += await cursor(teller) < tip;
    await world.kill(['scannerd']);
    await until('the next one', () => teller.daemons.scannerd.running);
  }
  console.log(`${world.deaths.length} deaths, ${behind} before the tip`);
  assert.ok(behind >= DEATHS / 4);
  world.proxy.faults.clear();

  await until('all to be paid', async () => (await teller.query("SELECT COUNT(*) AS n FROM deposit WHERE state = 'done'"))[0].n === DEPOSITS, {deadlineMs: 120000})
    .catch(e => { throw new Error(`${e.message}\n${teller.logs().slice(-20000)}`); });
  const rows = await teller.query('SELECT txid, n, value FROM deposit');
  assert.deepEqual(Object.fromEntries(rows.map(r => [`${r.txid}:${r.n}`, r.value])), Object.fromEntries(sales.map(s => [s.id, String(s.wei)])));
  const expected = {};
  for (const s of sales) expected[s.sky] = (expected[s.sky] ?? 0n) + owedWei(s.wei);
  await world.assertPaid(expected);

  const told = () => teller.watchLines('exchangerd').filter(l => l.includes(' balance_surplus '));
  await until('the surpluses', () => told().length >= BY_CONTRACT);
  const [{started_at: round}] = await teller.query('SELECT started_at FROM balance_round');
  await until('another look at all', async () => (await teller.query('SELECT started_at FROM balance_round'))[0].started_at > round + 1);
  assert.deepEqual(told().map(l => / address=(\S+) value_wei=(\d+) /.exec(l).slice(1)).sort(),
    bound.slice(0, BY_CONTRACT).map(b => [b.address, String(ETHER)]).sort());
});
