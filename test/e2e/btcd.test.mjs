// btcd: over TLS with its own certificate, with and without its websocket, of several ages; and what
// the operator is told when it cannot work.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Btcd, chainOf} from '../sim/btcd/btcd.mjs';
import {makeCertificate} from './lib/certificate.mjs';
import {customer} from './lib/files.mjs';
import {until} from './lib/wait.mjs';
import {World, owed} from './lib/world.mjs';

const SATOSHI = 1000000;
const NEVER = '24h';      // whoever hears of a block in this test was told, or looked because of the websocket

const problem = (teller, what) => until(`health to name ${what}`, async () => (await teller.problems()).find(p => p.what === what));
const noProblem = (teller, what) => until(`health to be rid of ${what}`, async () => !(await teller.problems()).some(p => p.what === what));

async function btcdWorld(suite, {names = 'DNS:localhost,IP:127.0.0.1', conf = {}, ...options} = {}) {
  const world = await World.real(suite, {conf});
  const {teller, bitcoin} = world;
  const certificate = makeCertificate(teller.dir, names);
  world.btcd = await Btcd.start({chain: chainOf(bitcoin), tls: certificate.tls, ...options});
  suite.after(() => world.btcd.stop());
  teller.configure({btc_rpc: {server: `127.0.0.1:${world.btcd.port}`, cert: certificate.certFile, user: 'rpc', pass: 'regtest'}});
  return world;
}

// Binds and pays; answers what is expected of it.
async function buy({teller, bitcoin}, n) {
  const address = await teller.bind(customer(n));
  const {hex} = await bitcoin.pay([{address, satoshi: SATOSHI + n}]);
  return {n, hex};
}
const assertPaid = (world, count) => world.assertPaid(Object.fromEntries(
  Array.from({length: count}, (_, n) => [customer(n), owed(SATOSHI + n)])));

test('the websocket tells of blocks; polling rests', async suite => {
  const world = await btcdWorld(suite, {conf: {btc_rpc: {websocket: true}, btc_scanner: {scan_period: NEVER}}});
  const {teller, bitcoin, btcd} = world;
  await teller.startAll();
  await until('the websocket', () => [...btcd.sockets].some(s => s.notify));

  // a block; then one that comes in pieces, with pings between them
  await buy(world, 0);
  await teller.depositsIn('done', 1);
  btcd.split = true;
  await buy(world, 1);
  await teller.depositsIn('done', 2);
  btcd.split = false;
  assert.equal(btcd.opened, 1);
  assert.equal(btcd.complaint, undefined);

  // a reorganisation that the node makes by itself, and that makes the chain no longer
  const {hex} = await buy(world, 2);
  await teller.depositsIn('done', 3);
  await bitcoin.drop(1);
  await bitcoin.send(hex);
  await bitcoin.mine(1);
  await until('the new branch', () => /reorganisation coin=BTC/.test(teller.log('scannerd')));

  // cut, and said goodbye to: connected again, and what came in between is seen
  for (const end of [() => btcd.cut(), () => btcd.goodbye()]) {
    const before = btcd.opened;
    btcd.takesSockets = false;
    end();
    await problem(teller, 'btc_websocket');
    await bitcoin.mine(1);
    btcd.takesSockets = true;
    await until('another websocket', () => btcd.opened > before);
    await noProblem(teller, 'btc_websocket');
  }
  await buy(world, 3);
  await teller.depositsIn('done', 4);
  await assertPaid(world, 4);
  assert.equal(btcd.asked('notifyblocks'), 0, 'that is asked over the websocket');

  // nobody asked for the tip but for what was told
  const asked = btcd.asked('getblockchaininfo');
  assert.ok(asked < 40, `the tip was asked for ${asked} times`);
});

test('a node without websocket is polled as ever, and that is said', async suite => {
  const world = await World.real(suite, {conf: {btc_rpc: {websocket: true}}});
  const {teller} = world;
  await teller.startAll();
  const {text} = await problem(teller, 'btc_websocket');
  assert.match(text, /only btcd has a websocket; for another node, set btc_rpc.websocket = false/);
  await buy(world, 0);
  await teller.depositsIn('done', 1);
});

for (const version of ['0.20', '0.21', '0.22'])
  test(`btcd ${version} over TLS, polled`, async suite => {
    const world = await btcdWorld(suite, {version, watchMs: 0});
    const {teller, bitcoin, btcd} = world;
    await bitcoin.mine(10);
    await teller.startAll();
    await buy(world, 0);
    await teller.depositsIn('done', 1);
    await assertPaid(world, 1);
    const batches = btcd.posts.filter(p => p.startsWith('['));
    if (version === '0.22') assert.ok(batches.some(b => b.includes('getblockhash')) && batches.some(b => b.includes('"getblock"')));
    else assert.equal(batches.length, 1, 'tried once, then remembered');
    if (version === '0.20') assert.ok(btcd.posts.some(p => p.includes(', false]')));
  });

test('a certificate for another host, or of another node; a wrong password', async suite => {
  const world = await btcdWorld(suite, {names: 'DNS:node.example', conf: {btc_rpc: {websocket: true}}});
  const {teller, btcd, bitcoin} = world;
  await teller.startAll();
  for (const what of ['btc_node', 'btc_websocket'])
    assert.match((await problem(teller, what)).text, /certificate|does not match/, what);
  assert.match((await problem(teller, 'btc_node')).text, /does not name host '127\.0\.0\.1'.*check the certificate and the host name/);
  assert.equal(btcd.posts.length, 0, 'nothing was sent');

  const another = makeCertificate(teller.dir, 'IP:127.0.0.1', 'another');
  await teller.stopAll();
  teller.configure({btc_rpc: {cert: another.certFile}});
  await teller.startAll();
  assert.match((await problem(teller, 'btc_node')).text, /is not trusted/);

  await btcd.stop();
  const own = makeCertificate(teller.dir, 'IP:127.0.0.1', 'own');
  world.btcd = await Btcd.start({chain: chainOf(bitcoin), tls: own.tls});
  suite.after(() => world.btcd.stop());
  await teller.stopAll();
  teller.configure({btc_rpc: {server: `127.0.0.1:${world.btcd.port}`, cert: own.certFile, pass: 'wrong'}});
  await teller.startAll();
  for (const what of ['btc_node', 'btc_websocket'])
    assert.match((await problem(teller, what)).text, /401.*(user and password|btc_rpc.user and btc_rpc.pass)/, what);

  await teller.stopAll();
  teller.configure({btc_rpc: {pass: 'regtest'}});
  await teller.startAll();
  await buy(world, 0);
  await teller.depositsIn('done', 1);
  await teller.isWell();
});
