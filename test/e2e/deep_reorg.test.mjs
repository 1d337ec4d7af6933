// Reorganisations of a thousand blocks and more on the real chain: followed as far as is kept, else the
// scan stops until an operator says that the node is right.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {customer} from './lib/files.mjs';
import {until} from './lib/wait.mjs';
import {World, owed} from './lib/world.mjs';

const SATOSHI = 1000000;
const KEPT = 1100;      // hashes of so many blocks

const atTip = (teller, bitcoin) => until('the scan to be at the tip', async () => {
  const [{height, hash}] = await teller.query(`SELECT height, hash FROM cursor WHERE coin = 'BTC'`);
  const tip = await bitcoin.height();
  return height === tip && hash === await bitcoin.rpc('getblockhash', tip);
});
const states = (teller, ...want) => until(`the deposits to be ${want}`, async () => {
  const got = (await teller.query('SELECT state FROM deposit ORDER BY id')).map(d => d.state);
  assert.deepEqual(got, want);
  return true;
});
const problem = async (teller, what) => (await teller.problems()).find(p => p.what === what);

// scannerd dies there while it does what it is asked; the next one has nothing to fear.
async function dyingAt(teller, fault, ask) {
  await teller.restart('scannerd', {TELLER_FAULT: fault});
  const daemon = teller.daemons.scannerd;
  await until('the scan to stop', () => problem(teller, 'btc_scan'));
  await until(`scannerd to die at ${fault}`, async () => daemon.running ? (await ask(), false) : true);
  assert.equal((await daemon.ended).signal, 'SIGKILL');
  teller.start('scannerd');
  await teller.ready();
}

test('a thousand blocks are replaced: followed; more than are kept: an operator decides', async suite => {
  const world = await World.real(suite, {conf: {btc_scanner: {confirmations_required: 2}, sky_exchanger: {send_enabled: false}}});
  const {teller, bitcoin} = world;
  await teller.startAll();
  const [later, ...others] = [customer(0), customer(1), customer(2)];
  const addresses = [await teller.bind(others[0]), await teller.bind(others[1]), await teller.bind(later)];
  const first = await bitcoin.height() + 1;
  const {hex} = await bitcoin.pay([{address: addresses[0], satoshi: SATOSHI}], {mine: 1});
  await bitcoin.pay([{address: addresses[1], satoshi: SATOSHI}], {mine: 999});
  await atTip(teller, bitcoin);
  await states(teller, 'waiting_send', 'waiting_send');

  await bitcoin.drop(1000);
  await bitcoin.send(hex);
  await bitcoin.mine(1001);
  await atTip(teller, bitcoin);
  assert.match(teller.log('scannerd'), new RegExp(`reorganisation .*to_height=${first - 1}`));
  await states(teller, 'waiting_send', 'void');

  await bitcoin.mine(101);
  await atTip(teller, bitcoin);
  await bitcoin.drop(await bitcoin.height() - first + 1);
  await bitcoin.mine(KEPT + 10);
  const text = (await until('the scan to stop', () => problem(teller, 'btc_scan'))).text;
  assert.match(text, /scanning has stopped/);
  assert.equal(teller.watchLines('scannerd').filter(l => l.includes('scan_halted')).length, 1);
  const refused = await teller.ctl('scan', 'accept', 'BTC', String(await bitcoin.height()), 'too high');
  assert.notEqual(refused.status, 0);
  assert.match(refused.notes, /not below the fork/);

  // Killed before it is durable, it was not accepted, and is asked again.
  const accept = () => teller.ctl('scan', 'accept', 'BTC', String(first), 'the chain was rewritten');
  const cursor = async () => (await teller.query(`SELECT height FROM cursor WHERE coin = 'BTC'`))[0].height;
  const high = await cursor();
  for (const fault of ['scanner.rewind.before', 'commit.before']) {
    await dyingAt(teller, fault, accept);
    assert.equal(await cursor(), high, fault);
    await until('the scan to stop again', () => problem(teller, 'btc_scan'));
  }
  const accepted = await until('an answer', async () => (a => !/does not run|has not halted/.test(a.notes) && a)(await accept()));
  assert.equal(accepted.status, 0, accepted.notes);
  assert.match(accepted.out, /scanned anew from block/);
  await bitcoin.pay([{address: addresses[2], satoshi: 2 * SATOSHI}], {mine: 2});
  await atTip(teller, bitcoin);
  await until('the scan to be well', async () => !await problem(teller, 'btc_scan'));
  const again = await teller.ctl('scan', 'accept', 'BTC', String(first), 'once more');
  assert.notEqual(again.status, 0);

  teller.configure({sky_exchanger: {send_enabled: true}});
  await teller.restart('senderd');
  await teller.restart('exchangerd');
  await states(teller, 'void', 'void', 'done');
  await world.assertPaid({[later]: owed(2 * SATOSHI)});
});
