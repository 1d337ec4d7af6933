// The operator's listener over TLS: what is served, to whom, and a certificate of its own that changes
// under a running service.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {copyFileSync, writeFileSync} from 'node:fs';
import https from 'node:https';
import {test} from 'node:test';
import {httpsRequest, makeCertificate, replaceFile, sClient} from './lib/certificates.mjs';
import {freePorts} from './lib/ports.mjs';
import {RawConnection} from './lib/raw_http.mjs';
import {until} from './lib/wait.mjs';
import {World} from './lib/world.mjs';

const MANY = 2000;

const loaded = teller => (teller.log('apid').match(/certificate_loaded/g) ?? []).length;

// All daemons; apid serves customers and the operator over TLS, each with a certificate of its own.
async function secureAdmin(suite) {
  const {teller} = await World.dummy(suite);
  const [port] = await freePorts(1);
  const files = {cert: teller.file('admin.pem'), key: teller.file('admin.key')};
  const ca = makeCertificate(files, {names: ['admin.example', 'localhost']});
  const shopCa = makeCertificate({cert: teller.file('shop.pem'), key: teller.file('shop.key')}, {names: ['shop.example', 'localhost']});
  const host = new URL(teller.admin).host;
  teller.configure({admin_panel: {host, tls_cert: 'admin.pem', tls_key: 'admin.key', tokens_file: 'tokens'},
    web: {https_addr: `127.0.0.1:${port}`, tls_cert: 'shop.pem', tls_key: 'shop.key'}});
  const token = async role => (await teller.ctl('admin', 'token', role, role)).out.trim();
  const tokens = {read: await token('read'), backup: await token('backup'), metrics: await token('metrics')};
  for (const name of ['exchangerd', 'scannerd', 'senderd', 'apid']) teller.start(name);
  await until('apid to listen', () => teller.log('apid').includes(' ready '));
  const url = `https://${host}`;
  const ask = (path, role, more = {}) => httpsRequest(`${url}${path}`, {ca, ...role && {headers: {authorization: `Bearer ${tokens[role]}`}}, ...more});
  return {teller, files, ca, shopCa, url, host, port: Number(host.split(':')[1]), shop: `https://127.0.0.1:${port}`, ask, tokens};
}

test('the admin API over TLS: page, lists, metrics, a backup; and each listener its own certificate', async suite => {
  const {teller, ask, ca, shopCa, url, shop, host, port} = await secureAdmin(suite);
  await until('the daemons to answer', async () => {
    const {daemons} = JSON.parse((await ask('/api/daemons', 'read')).text);
    return daemons.every(d => d.up);
  });
  await until('tellerctl, which knows no authority of that certificate', async () => {
    const {status, out} = await teller.ctl('status');
    if (status !== 0) throw new Error(out);
    return true;
  });
  assert.equal((await ask('/api/daemons')).status, 401);
  assert.equal((await ask('/api/daemons', 'metrics')).status, 403);
  assert.match((await ask('/metrics', 'metrics')).text, /^teller_up\{daemon="apid"\} 1$/m);
  const page = await ask('/', '', {headers: {accept: 'text/html'}});
  assert.match(page.text, /<title>Teller: operator<\/title>/);
  assert.equal(page.headers['strict-transport-security'], undefined, 'it is for a host with all of its ports');
  assert.equal((await ask('/api/deposits', 'read')).text, '{\n    "deposits": []\n}');
  // A list that rests between its pieces, and a file.
  execFileSync('sqlite3', ['-cmd', '.timeout 10000', teller.file('teller.db'), `PRAGMA foreign_keys = OFF;
    WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < ${MANY})
    INSERT INTO deposit (id, coin, txid, n, address, sky_address, binding_seq, buy_method, value, height, rate, to_send, state, sent, created_at, updated_at)
    SELECT n, 'BTC', 'tx' || n, 0, 'a' || n, 's', 1, 'direct', '1', 1, '500', 1, 'done', 1, 1, 1 FROM i;`]);
  const {deposits} = JSON.parse((await ask('/api/deposits', 'read')).text);
  assert.deepEqual(deposits.map(d => d.seq), Array.from({length: MANY}, (_, i) => i + 1));
  const backup = await ask('/api/backup', 'backup');
  assert.equal(backup.text.slice(0, 15), 'SQLite format 3');
  assert.equal((await ask('/api/health', '', {headers: {host: 'rebound.example'}})).status, 421);

  // Neither certificate is the other's.
  assert.equal((await httpsRequest(`${shop}/api/health`, {ca: shopCa, servername: 'shop.example'})).status, 200);
  assert.equal((await httpsRequest(`${url}/api/health`, {ca, servername: 'admin.example'})).status, 200);
  await assert.rejects(httpsRequest(`${url}/api/health`, {ca: shopCa}), /self-signed|self signed/i);
  await assert.rejects(httpsRequest(`${shop}/api/health`, {ca}), /self-signed|self signed/i);

  // Plain HTTP is not spoken there: nothing that a token could be sent after.
  const plain = await RawConnection.open(`http://${host}`);
  plain.send('GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await until('plain HTTP to be cut off', () => plain.closed);
  assert.equal(plain.statuses().length, 0);
  assert.equal(sClient(port, ['-tls1_1', '-cipher', 'ALL:@SECLEVEL=0']).ok, false);
  assert.equal(sClient(port, ['-tls1_3']).ok, true);
  assert.ok(!teller.log('apid').includes('admin_without_tls'));
});

test('the admin certificate changes under a running service; a bad one is told, and not used', async suite => {
  const {teller, files, ca, url, ask, tokens} = await secureAdmin(suite);
  const agent = new https.Agent({keepAlive: true, maxSockets: 1, ca, servername: 'localhost'});
  suite.after(() => agent.destroy());
  const kept = () => httpsRequest(`${url}/api/health`, {ca, agent});
  const first = (await kept()).cert;
  const before = loaded(teller);
  const next = {cert: teller.file('next.pem'), key: teller.file('next.key')};
  const ca2 = makeCertificate(next);
  replaceFile(next.key, files.key);
  replaceFile(next.cert, files.cert);
  await until('the new one to be loaded', () => loaded(teller) > before);
  const second = (await httpsRequest(`${url}/api/health`, {ca: ca2})).cert;
  assert.notEqual(second, first);
  const still = await kept();
  assert.deepEqual([still.status, still.cert], [200, first], 'the kept connection goes on as it is');

  // Bad files, at once after SIGHUP: the one before stays, health has a problem of its own name.
  copyFileSync(files.cert, teller.file('good.pem'));
  writeFileSync(files.cert, 'nonsense\n');
  teller.daemons.apid.child.kill('SIGHUP');
  await until('the problem', () => teller.log('apid').includes('what=admin_certificate'));
  assert.equal((await httpsRequest(`${url}/api/health`, {ca: ca2})).cert, second);
  const told = JSON.parse((await httpsRequest(`${url}/api/daemons`, {ca: ca2, headers: {authorization: `Bearer ${tokens.read}`}})).text);
  const problem = told.daemons.find(d => d.name === 'apid').problems.find(p => p.what === 'admin_certificate');
  assert.match(problem.text, /admin\.pem.*the certificate that was loaded before goes on being used/);
  assert.equal(problem.customers, 'nothing for now');
  assert.ok(!teller.log('apid').includes('what=tls_certificate'), 'the customers\' own is in order');
  copyFileSync(teller.file('good.pem'), files.cert);
  await until('the problem to be over', () => /problem_over .*what=admin_certificate/.test(teller.log('apid')));
  await assert.rejects(ask('/api/health'), /self-signed|self signed/i, 'the first one is gone');
});

test('a listener for others without TLS is warned of; with a certificate that cannot be used apid does not start', async suite => {
  const {teller} = await World.dummy(suite);
  const port = new URL(teller.admin).port;
  teller.configure({admin_panel: {host: `0.0.0.0:${port}`, tokens_file: 'tokens'}});
  await teller.ctl('admin', 'token', 'ann', 'read');
  const {out, notes} = await teller.ctl('config', 'check');
  assert.match(out + notes, /warning: .*admin_panel\.host: without admin_panel\.tls_cert tokens can be read on their way/);
  teller.start('exchangerd');
  teller.start('apid');
  await until('apid to listen', () => teller.log('apid').includes(' ready '));
  assert.match(teller.log('apid'), / warn .*admin_without_tls address=0\.0\.0\.0/);
  await teller.stop('apid');

  makeCertificate({cert: teller.file('admin.pem'), key: teller.file('admin.key')});
  writeFileSync(teller.file('admin.key'), 'no key\n', {mode: 0o600});
  teller.configure({admin_panel: {host: `0.0.0.0:${port}`, tokens_file: 'tokens', tls_cert: 'admin.pem', tls_key: 'admin.key'}});
  const apid = teller.start('apid');
  assert.deepEqual(await apid.ended, {status: 2, signal: null});
  assert.match(apid.output(), /admin_panel\.tls_cert: .*admin\.key/);
});
