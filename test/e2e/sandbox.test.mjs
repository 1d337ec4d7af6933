// senderd in its sandbox: somebody else's code in the middle of it (TELLER_INTRUDER, in test builds)
// gets nowhere, and everything senderd has to do goes on.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import dns from 'node:dns/promises';
import {once} from 'node:events';
import {existsSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import {test} from 'node:test';
import {customer} from './lib/files.mjs';
import {until} from './lib/wait.mjs';
import {World, owed} from './lib/world.mjs';

const SATOSHI = 1000000;

async function buy({teller, bitcoin}, n) {
  const address = await teller.bind(customer(n));
  await bitcoin.pay([{address, satoshi: SATOSHI + n}]);
}
const paidTo = count => Object.fromEntries(Array.from({length: count}, (_, n) => [customer(n), owed(SATOSHI + n)]));

// Another program with the database open, one that may write.
const sqlite = (teller, sql) => execFileSync('sqlite3', ['-cmd', '.timeout 60000', teller.file('teller.db'), sql], {encoding: 'utf8'}).trim().split('\n').at(-1);

// What became of each try: {'read:/x': 'EACCES'}.
async function intrude(teller, tries, last = tries.at(-1)) {
  const outcome = () => Object.fromEntries([...teller.log('senderd').matchAll(/^intruder (\S+) (\S+)$/mg)].map(m => m.slice(1)));
  await until(`the intruder to have tried ${last}`, async () => {
    await teller.health();
    return outcome()[last];
  });
  return outcome();
}

// Nothing that senderd itself does is refused: there is no such line in its log.
const assertNothingRefused = teller => assert.doesNotMatch(teller.log('senderd'), /sandbox_refused|sandbox_incomplete|sandbox_missing/);

test('an intruder opens, changes and starts nothing; what senderd may reach, it reaches', async suite => {
  const world = await World.real(suite, {conf: {logfile: './teller.log', sandbox: 'required'}});
  const {teller, sky} = world;
  const file = name => teller.file(name);
  writeFileSync(file('wallet.password'), 'secret\n', {mode: 0o600});
  const port = new URL(sky.url).port, other = new URL(teller.public).port;
  const refused = {
    EACCES: [`read:${file('hot.wlt')}`, `write:${file('hot.wlt')}`, `read:${file('wallet.password')}`,
      `read:${file('btc_addresses.txt')}`, `write:${file('btc_addresses.txt')}`, `read:${file('teller.ini')}`,
      `write:${file('teller.ini')}`, `read:${file('teller.db')}`, `write:${file('teller.log')}`,
      `make:${file('new')}`, `list:${teller.dir}`, `make:${file('run/new')}`, 'make:/tmp/teller-new',
      'read:/etc/passwd', 'read:/etc/resolv.conf', 'read:/proc/self/mem', 'read:/proc/self/environ', 'list:/proc',
      `connect:${other}`],
    ENOSYS: [`mode:${file('hot.wlt')}`, `cut:${file('hot.wlt')}`, `move:${file('hot.wlt')}`, 'fork', 'packets', `datagram:${other}`],
    ok: [`connect:${port}`],
  };
  const tries = Object.values(refused).flat();
  await Promise.all(['scannerd', 'exchangerd', 'apid'].map(n => teller.start(n)));
  teller.start('senderd', {TELLER_INTRUDER: tries.join(' ')});
  const outcome = await intrude(teller, tries);
  for (const [want, of] of Object.entries(refused))
    for (const t of of) assert.equal(outcome[t], want, t);

  // It is told: to the log, and to who asks for health.
  await until('health to tell', async () => (await teller.problems()).find(p => p.what === 'sandbox_refused'));
  await until('its line', () => /sandbox_refused calls="[^"]*chmod[^"]*" notice=WATCH/.test(teller.log('senderd') + readFileSync(file('teller.log'), 'utf8')));
  await teller.ready();
  await buy(world, 0);      // and pays all the same
  await teller.depositsIn('done', 1);
  await world.assertPaid(paidTo(1));
});

for (const deadly of ['exec:/bin/true', 'trace:1'])
  test(`an intruder's ${deadly} ends senderd on the spot; the next one goes on`, async suite => {
    const {teller} = await World.dummy(suite);
    await Promise.all(['scannerd', 'exchangerd', 'apid'].map(n => teller.start(n)));
    const senderd = teller.start('senderd', {TELLER_INTRUDER: deadly});
    await until('senderd to be asked', async () => {
      await teller.health();
      return !senderd.running;
    });
    assert.deepEqual(await senderd.ended, {status: null, signal: 'SIGSYS'});
    teller.start('senderd');
    await teller.ready();
  });

test('without the sandbox the same intruder gets what it wants: the tries are real', async suite => {
  const {teller} = await World.dummy(suite, {conf: {sandbox: 'off'}});
  const tries = [`read:${teller.file('hot.wlt')}`, 'read:/etc/passwd', `make:${teller.file('new')}`, `list:${teller.dir}`,
    `connect:${new URL(teller.public).port}`, 'fork'];
  await Promise.all(['scannerd', 'exchangerd', 'apid'].map(n => teller.start(n)));
  teller.start('senderd', {TELLER_INTRUDER: tries.join(' ')});
  const outcome = await intrude(teller, tries);
  for (const t of tries) assert.equal(outcome[t], 'ok', t);
  assert.match(teller.log('senderd'), /sandbox_off/);
});

test('pays on inside: log rotated, checkpoints, other daemons and the node restarted', async suite => {
  const world = await World.real(suite, {conf: {logfile: './teller.log', pidfile: 'teller.pid'}});
  const {teller, sky} = world;
  const log = name => readFileSync(teller.file(name), 'utf8');
  await teller.startAll();
  await buy(world, 0);
  await teller.depositsIn('done', 1);

  renameSync(teller.file('teller.log'), teller.file('teller.log.1'));
  teller.daemons.senderd.child.kill('SIGHUP');
  await until('senderd to write a new log', () => existsSync(teller.file('teller.log')) && log('teller.log').includes('senderd log_reopened'));
  const old = log('teller.log.1').split('\n').filter(l => / senderd /.test(l)).length;
  await buy(world, 1);
  await teller.depositsIn('done', 2);
  assert.match(log('teller.log'), /senderd payout_tx_saved/);
  assert.equal(log('teller.log.1').split('\n').filter(l => / senderd /.test(l)).length, old);

  // A second time: now another daemon has made the file.
  renameSync(teller.file('teller.log'), teller.file('teller.log.2'));
  teller.daemons.exchangerd.child.kill('SIGHUP');
  await until('exchangerd to write a new log', () => existsSync(teller.file('teller.log')));
  teller.daemons.senderd.child.kill('SIGHUP');
  await until('senderd to write there', () => log('teller.log').includes('senderd log_reopened'));

  assert.equal(sqlite(teller, 'PRAGMA wal_checkpoint(TRUNCATE)'), '0|0|0');
  await buy(world, 2);
  await teller.depositsIn('done', 3);
  for (const name of ['exchangerd', 'scannerd', 'apid']) await teller.restart(name);
  await teller.ready();
  await buy(world, 3);
  await teller.depositsIn('done', 4);

  await sky.sim('listen', {on: false});
  await until('the node to be missed', async () => (await teller.problems()).some(p => p.what === 'sky_node'));
  await sky.sim('listen', {on: true});
  await buy(world, 4);
  await teller.depositsIn('done', 5);
  await world.assertPaid(paidTo(5));
  assert.equal((await teller.problems()).filter(p => p.what.startsWith('sandbox')).length, 0);

  // senderd leaves last: it may remove neither the database's files nor any other but its own.
  for (const name of ['exchangerd', 'scannerd', 'apid', 'senderd']) assert.equal((await teller.stop(name)).status, 0);
  assert.ok(!existsSync(teller.file('teller.senderd.pid')));
  assert.ok(!existsSync(teller.file('run/senderd.sock')));
  assert.equal(sqlite(teller, 'PRAGMA integrity_check'), 'ok');
  await teller.startAll();
  await buy(world, 5);
  await teller.depositsIn('done', 6);
  await world.assertPaid(paidTo(6));
  assert.doesNotMatch(log('teller.log') + log('teller.log.1') + log('teller.log.2'),
    /sandbox_refused|sandbox_incomplete|sandbox_missing|pidfile_not_removed|log_not_reopened/);
});

// Before the node, which insists on its own name: so that of the request is replaced.
async function front(suite, sky, server, address) {
  const node = new URL(sky.url);
  server.on('request', (q, r) => {
    const headers = {...q.headers, host: node.host};
    const on = http.request({host: node.hostname, port: node.port, method: q.method, path: q.url, headers},
      answer => answer.pipe(r.writeHead(answer.statusCode, answer.headers)));
    q.pipe(on.on('error', () => r.destroy()));
  }).listen(0, address);
  await once(server, 'listening');
  suite.after(() => { server.close(); server.closeAllConnections(); });
  return server.address().port;
}

test('a node that has a name is found inside, one that has none is told', async suite => {
  const world = await World.real(suite);
  const {teller, sky} = world;
  const {address} = await dns.lookup(os.hostname(), 4);
  const port = await front(suite, sky, http.createServer(), address);
  teller.configure({sky_rpc: {address: `${os.hostname()}:${port}`}});
  await teller.startAll();
  await buy(world, 0);
  await teller.depositsIn('done', 1);
  await world.assertPaid(paidTo(1));
  assertNothingRefused(teller);

  await teller.stop('senderd');
  teller.configure({sky_rpc: {address: 'no-such-host.invalid:6420'}});
  teller.start('senderd');
  await until('the name to be the problem', async () =>
    (await teller.problems()).find(p => p.what === 'sky_node' && /resolv/i.test(p.text)));
  assertNothingRefused(teller);
});

test('a node behind TLS: by its own certificate, and by those of the system, which do not know it', async suite => {
  const world = await World.real(suite);
  const {teller, sky} = world;
  const [key, cert] = [teller.file('node.key'), teller.file('node.crt')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=node',
    '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert], {stdio: 'ignore'});
  const tls = https.createServer({key: readFileSync(key), cert: readFileSync(cert)});
  const port = await front(suite, sky, tls, '127.0.0.1');
  teller.configure({sky_rpc: {address: `https://127.0.0.1:${port}`, cert}});
  await teller.startAll();
  await buy(world, 0);
  await teller.depositsIn('done', 1);
  await world.assertPaid(paidTo(1));
  assertNothingRefused(teller);

  await teller.stop('senderd');
  teller.configure({sky_rpc: {cert: ''}});
  teller.start('senderd');
  await until('the certificate to be the problem', async () =>
    (await teller.problems()).find(p => p.what === 'sky_node' && /certificate/i.test(p.text)));
  assertNothingRefused(teller);
});
