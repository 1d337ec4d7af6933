// Blocks that are scanned once more, on real nodes: what was missed is paid once, what is known stays as
// it is, whatever happens meanwhile.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ETHER} from './lib/ethereum.mjs';
import {btcPool, customer} from './lib/files.mjs';
import {until} from './lib/wait.mjs';
import {World, owed, owedSky, owedWei} from './lib/world.mjs';

const SATOSHI = 1000000;
const scannedTo = (teller, height, coin = 'BTC') => until(`block ${height} to be scanned`,
  async () => (await teller.query(`SELECT height AS h FROM cursor WHERE coin = '${coin}'`))[0]?.h >= height);
const tell = async (teller, ...words) => {
  const {status, out, notes} = await teller.ctl('rescan', ...words.map(String));
  assert.equal(status, 0, notes);
  return out;
};
const refused = async (teller, ...words) => {
  const {status, notes} = await teller.ctl('rescan', ...words.map(String));
  assert.notEqual(status, 0);
  return notes;
};
const ended = (teller, coin = 'BTC', state = 'done') => until(`the rescan to be ${state}`, async () => {
  const o = (await teller.ctlJson('rescan', 'status')).find(r => r.coin === coin);
  if (o?.state !== state) throw new Error(JSON.stringify(o));
  return o;
}).catch(e => { throw new Error(`${e.message}\n${teller.logs()}`); });

test('BTC: a lowered start is explained, and its blocks are scanned when told', async suite => {
  const world = await World.real(suite, {conf: {btc_scanner: {initial_scan_height: 112, confirmations_required: 3}}});
  const {teller, bitcoin} = world;
  await teller.startAll();
  const [early, both, late] = [customer(0), customer(1), customer(2)];
  const bound = [await teller.bind(early), await teller.bind(both), await teller.bind(late)];
  await bitcoin.pay([{address: bound[0], satoshi: SATOSHI}, {address: bound[1], satoshi: SATOSHI}]);
  await bitcoin.mine(8);
  await bitcoin.pay([{address: bound[2], satoshi: SATOSHI}, {address: bound[1], satoshi: 2 * SATOSHI}], {mine: 4});
  await scannedTo(teller, await bitcoin.height());
  await teller.depositsIn('done', 2);
  assert.deepEqual(teller.watchLines('scannerd'), []);

  teller.configure({btc_scanner: {initial_scan_height: 100}});
  await teller.restart('scannerd');
  const problem = await until('the explanation', async () => (await teller.problems()).find(p => p.what === 'btc_start'));
  assert.match(problem.text, /initial_scan_height is 100, but BTC is scanned from block 112 on: .* `tellerctl rescan BTC 100 111`, or set it back to 112/);
  await until('its line', () => teller.watchLines('scannerd').filter(l => l.includes(' initial_height_lowered ')).length === 1);
  assert.match(await tell(teller, 'BTC', 100, 111), /^BTC blocks 100 to 111 are being scanned again, from the last down; \d+ are to come\n$/);
  const {found, known, percent} = await ended(teller);
  assert.deepEqual([found, known, percent], [2, 0, 100]);
  await teller.depositsIn('done', 4);
  await until('the problem to be over', async () => !(await teller.problems()).some(p => p.what === 'btc_start'));
  await teller.restart('scannerd');
  await scannedTo(teller, await bitcoin.height());

  // All of it again is nothing new.
  await tell(teller, 'btc', 0);
  assert.deepEqual((({from, found, known}) => ({from, found, known}))(await ended(teller)), {from: 0, found: 0, known: 4});
  teller.configure({btc_scanner: {initial_scan_height: 120}});
  await teller.restart('scannerd');
  await until('the other explanation', () => teller.watchLines('scannerd').some(l => / initial_height_raised .*has no effect; set it back to 112/.test(l)));
  assert.equal((await teller.ctlJson('rescan', 'list')).length, 2);
  assert.match((await teller.ctl('rescan', 'status')).out, /^BTC 0-\d+ done 100% next=-1 blocks_per_s=\d+ found=0 known=4 by=\S+ started="[^"]+"\n$/);
  await world.assertPaid({[early]: owed(SATOSHI), [both]: owed(SATOSHI) + owed(2 * SATOSHI), [late]: owed(SATOSHI)});
});

test('what cannot be is refused in words; the same twice is once; it can be ended', async suite => {
  const world = await World.real(suite, {proxy: true, fund: 0});
  const {teller, bitcoin, proxy} = world;
  const tip = await bitcoin.height();
  await teller.startAll();
  await scannedTo(teller, tip);
  assert.match(await refused(teller, 'DOGE', 1), /'DOGE' is no coin; there are BTC, ETH, SKY/);
  assert.match(await refused(teller, 'BTC', 'x'), /'x' is no height of a block/);
  assert.match(await refused(teller, 'BTC', 5, 4), /the last block, 4, is below the first, 5 \(BTC\)/);
  assert.match(await refused(teller, 'BTC', tip + 1), new RegExp(`block ${tip + 1} of BTC is above ${tip}, the last that was scanned`));
  assert.match(await refused(teller, 'ETH', 1), /ETH is switched off \(eth_scanner\.enabled\)/);
  assert.match((await teller.ctl('rescan', 'status')).notes, /no blocks were ever scanned again/);
  assert.match(await tell(teller, 'cancel', 'BTC'), /no BTC blocks are being scanned again/);

  // The node has not got a block any more: told, waited for, ended by hand.
  const prune = a => typeof a.result === 'string' && a.result.length > 64
    ? {result: null, error: {code: -1, message: 'Block not available (pruned data)'}, id: a.id} : a;
  proxy.rewrite = text => (a => JSON.stringify(Array.isArray(a) ? a.map(prune) : prune(a)))(JSON.parse(text));
  await tell(teller, 'BTC', 1, tip + 50);
  await tell(teller, 'BTC', 1);
  assert.match(await refused(teller, 'BTC', 2), /BTC blocks 1 to 104 are being scanned again: wait for them, or `tellerctl rescan cancel BTC`/);
  const problem = await until('the problem', async () => (await teller.problems()).find(p => p.what === 'btc_rescan'));
  assert.match(problem.text, /pruned.* are not scanned again until that is mended, or until `tellerctl rescan cancel BTC`/);
  await until('its line', async () => / running 0% .* error="[^"]*pruned/.test((await teller.ctl('rescan', 'status')).out));
  assert.match(await tell(teller, 'cancel', 'BTC'), /BTC blocks 1 to 104 are not scanned again/);
  await until('the problem to be over', async () => !(await teller.problems()).some(p => p.what === 'btc_rescan'));
  assert.equal((await teller.ctlJson('rescan', 'list')).length, 1);
  proxy.rewrite = text => text;
  await bitcoin.mine(1);
  await scannedTo(teller, tip + 1);
});

test('dummy mode has no chain to scan', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  assert.match(await refused(teller, 'BTC', 1), /dummy\.scanner is on: there is no chain/);
});

test('it survives restarts of scannerd, and the chain goes on beside it', async suite => {
  const world = await World.real(suite, {proxy: true, pool: btcPool(4), conf: {btc_scanner: {initial_scan_height: 170}}});
  const {teller, bitcoin, proxy} = world;
  await teller.startAll();
  const [missed, fresh] = [customer(0), customer(1)];
  const bound = [await teller.bind(missed), await teller.bind(fresh)];
  await bitcoin.pay([{address: bound[0], satoshi: SATOSHI}]);
  await bitcoin.mine(70);
  await scannedTo(teller, await bitcoin.height());
  // Each look at how far it is takes less than what it takes the node to answer.
  proxy.faults.add({mode: 'delay', next: -1, ms: 500});
  await tell(teller, 'BTC', 1);
  let places = 0;
  for (let before = 1e9; places < 2;) {
    const [{next_height: next, state}] = await teller.query('SELECT next_height, state FROM rescan');
    if (state === 'done') break;
    if (next < before && next < 175) {
      await teller.restart('scannerd');
      places++;
      before = next;
    }
  }
  assert.ok(places >= 2, 'it was done before it could be interrupted');
  proxy.faults.clear();
  await bitcoin.pay([{address: bound[1], satoshi: SATOSHI}]);
  await teller.depositsIn('done', 2);
  const {found} = await ended(teller);
  assert.equal(found, 1);
  await world.assertPaid({[missed]: owed(SATOSHI), [fresh]: owed(SATOSHI)});
});

test('a reorganisation below where the scan began takes back what a rescan found', async suite => {
  const world = await World.real(suite, {conf: {btc_scanner: {initial_scan_height: 110}, sky_exchanger: {send_enabled: false}}});
  const {teller, bitcoin} = world;
  await teller.startAll();
  const [gone, stays] = [customer(0), customer(1)];
  const bound = [await teller.bind(gone), await teller.bind(stays)];
  await bitcoin.pay([{address: bound[1], satoshi: SATOSHI}]);                  // block 105
  const {hex} = await bitcoin.pay([{address: bound[0], satoshi: SATOSHI}]);    // block 106
  await bitcoin.mine(10);
  await scannedTo(teller, 116);
  await tell(teller, 'BTC', 90, 107);
  assert.equal((await ended(teller)).to, 109);      // up to those whose hashes are kept
  await teller.depositsIn('waiting_send', 2);

  await bitcoin.drop(11);
  await bitcoin.mine(13);
  await scannedTo(teller, 118);
  await until('one to be void', async () => (await teller.query("SELECT count(*) AS n FROM deposit WHERE state = 'void'"))[0].n === 1);
  assert.deepEqual((await teller.statuses(gone)).map(s => s.status), ['waiting_deposit']);
  assert.deepEqual((await teller.statuses(stays)).map(s => s.status), ['waiting_send']);
  await bitcoin.send(hex);
  await bitcoin.mine(1);
  teller.configure({sky_exchanger: {send_enabled: true}});
  await teller.restart('senderd');
  await teller.depositsIn('done', 2);
  await world.assertPaid({[gone]: owed(SATOSHI), [stays]: owed(SATOSHI)});
});

test('ETH', async suite => {
  const world = await World.real(suite, {ethereum: true, conf: {eth_scanner: {initial_scan_height: 20}}});
  const {teller, ethereum} = world;
  await teller.startAll();
  const sky = customer(0);
  await ethereum.mine(3);
  await ethereum.pay({to: await teller.bind(sky, 'ETH'), wei: ETHER / 10n});
  await ethereum.mine(25);
  await scannedTo(teller, await ethereum.height(), 'ETH');
  await tell(teller, 'ETH', 0, 19);
  assert.equal((await ended(teller, 'ETH')).found, 1);
  await teller.depositsIn('done', 1);
  await world.assertPaid({[sky]: owedWei(ETHER / 10n)});
});

test('SKY', async suite => {
  const world = await World.skycoin(suite, {conf: {sky_scanner: {initial_scan_height: 40}}});
  const {teller, sky} = world;
  await teller.startAll();
  const to = customer(0);
  const {seq} = await sky.sim('pay', {outputs: [{address: await teller.bind(to, 'SKY'), coins: '4.000000'}]});
  assert.ok(seq < 40, `block ${seq}`);
  await sky.sim('tick', {count: 60});
  await scannedTo(teller, seq + 60, 'SKY');
  await tell(teller, 'SKY', 0, 39);
  assert.equal((await ended(teller, 'SKY')).found, 1);
  await teller.depositsIn('done', 1);
  await world.assertPaid({[to]: owedSky(4000000n)});
});
