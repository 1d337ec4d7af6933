// Certificates that come by themselves: apid, uacme and a real certificate authority (pebble).
import assert from 'node:assert/strict';
import {readFileSync, readdirSync, statSync, writeFileSync} from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import {test} from 'node:test';
import {Authority} from './lib/authority.mjs';
import {hostRequest, httpsRequest} from './lib/certificates.mjs';
import {freePorts} from './lib/ports.mjs';
import {until} from './lib/wait.mjs';
import {World} from './lib/world.mjs';

const HOST = 'shop.example';
const deadlineMs = 120000;

// apid with an authority that is not running yet.
async function automaticApid(suite, {web = {}, days} = {}) {
  const world = await World.dummy(suite);
  const {teller} = world;
  const [port] = await freePorts(1);
  const plain = Number(new URL(teller.public).port);
  const authority = await Authority.create({dir: teller.dir, httpPort: plain, days});
  world.authority = authority;
  teller.configure({web: {https_addr: `127.0.0.1:${port}`, auto_tls_host: HOST, acme_url: authority.url, acme_program: authority.program,
    acme_email: 'me@shop.example', ...web}});
  const log = words => teller.log('apid').split('\n').filter(l => l.includes(` ${words} `)).length;
  const secure = (target = '/api/config', {host = HOST, ...more} = {}) =>
    httpsRequest(`https://127.0.0.1:${port}${target}`, {ca: authority.root, servername: HOST, headers: {host}, ...more});
  return {teller, authority, plain, port, log, secure};
}

async function start(teller) {
  for (const name of ['exchangerd', 'apid']) if (!teller.daemons[name]?.running) teller.start(name);
  await until('apid to listen', () => teller.log('apid').includes(' ready '));
}
const hup = teller => teller.daemons.apid.child.kill('SIGHUP');

const filesBelow = dir => readdirSync(dir, {withFileTypes: true}).flatMap(e => {
  const name = path.join(dir, e.name);
  return e.isDirectory() ? [name, ...filesBelow(name)] : [name];
});

// Processes whose command line has this word: what a test started, and what that started.
const processesWith = word => readdirSync('/proc').filter(n => /^\d+$/.test(n)).filter(n => {
  try {
    return readFileSync(`/proc/${n}/cmdline`, 'utf8').includes(word);
  } catch {
    return false;
  }
});

// uacme with its state in this data directory, the shell that shows it another list, its hook.
const uacmes = teller => processesWith(teller.file('acme')).concat(processesWith(teller.file('ca.pem')));

test('a first certificate: what is answered before, while the authority is away, and after', async suite => {
  const {teller, authority, plain, log, secure} = await automaticApid(suite);
  authority.setAway(true);
  await start(teller);
  await until('the first failure', () => log('acme_failed') === 1, {deadlineMs});
  assert.match(teller.log('apid'), /problem what=acme text="no new certificate for 'shop\.example': .*there is none yet, so customers cannot use the service/);
  await until('its line', () => teller.watchLines('apid').filter(l => l.includes(' certificate_not_issued ')).length === 1);
  const early = await hostRequest(plain, '/', {host: HOST});
  assert.deepEqual([early.status, early.headers['retry-after'], early.headers.location], [503, '60', undefined]);
  await assert.rejects(secure('/', {anyCertificate: true}));

  await authority.start();
  authority.setAway(false);
  hup(teller);
  await until('a certificate', () => log('certificate_loaded') === 1, {deadlineMs});
  assert.equal((await secure()).status, 200);
  assert.match(teller.log('apid'), /problem_over what=acme/);
  const sent = await hostRequest(plain, '/a?b', {host: 'other.example'});
  assert.deepEqual([sent.status, sent.headers.location], [301, `https://${HOST}/a?b`]);
  const other = await secure('/api/config', {host: 'other.example'});
  assert.deepEqual([other.status, other.text], [421, 'Misdirected Request\n']);
  assert.equal(other.headers['x-frame-options'], 'DENY');
  assert.equal((await secure('/api/config', {host: 'SHOP.example:443'})).status, 200);

  assert.match(teller.log('apid'), /sandbox_(entered|incomplete)/);
  assert.doesNotMatch(teller.log('apid'), /sandbox_refused/);
  for (const name of [teller.file('acme'), ...filesBelow(teller.file('acme'))]) assert.equal(statSync(name).mode & 0o077, 0, name);
  assert.deepEqual(readdirSync(teller.file('acme/.well-known/acme-challenge')), [], 'no challenge is left');
  await teller.restart('apid');
  await until('the same certificate', () => log('certificate_loaded') === 2);
  await until('apid to listen', () => log('ready') === 2);   // it does so after it has loaded the certificate
  assert.equal((await secure()).status, 200, 'it is there at once, whoever is away');
  assert.equal(log('certificate_issued'), 1);
});

test('a renewal is shown without a connection lost', async suite => {
  const {teller, authority, log, secure} = await automaticApid(suite, {days: 60, web: {acme_renew_before: '2400h'}});
  await authority.start();
  await start(teller);
  await until('a certificate', () => log('certificate_loaded') === 1, {deadlineMs});
  const agent = new https.Agent({keepAlive: true, maxSockets: 1, ca: authority.root});
  suite.after(() => agent.destroy());
  const first = await secure('/api/config', {agent});
  hup(teller);
  await until('the next one', () => log('certificate_loaded') === 2, {deadlineMs});
  assert.equal((await secure('/api/config', {agent})).cert, first.cert, 'the connection that is there');
  assert.notEqual((await secure()).cert, first.cert);
  assert.equal(log('certificate_issued'), 2);
  teller.configure({web: {acme_renew_before: '720h'}});
  await teller.restart('apid');
  await until('apid to ask', () => (teller.log('apid').match(/expires in 59 days/g) ?? []).length === 2, {deadlineMs});
  await until('uacme to end', () => uacmes(teller).length === 0, {deadlineMs});
  assert.equal(log('certificate_issued'), 2, 'not due yet, which is no failure');
  assert.equal(log('acme_failed'), 0);
});

test('killed while it is issued: nothing is left behind, and the next start gets it', async suite => {
  const {teller, authority, log, secure} = await automaticApid(suite);
  await authority.start();
  authority.pebble.pause();
  await start(teller);
  await until('uacme to wait for the authority', () => log('acme_says') > 0, {deadlineMs});
  const begun = processesWith(teller.dir).length;
  assert.ok(begun > 2, 'apid, its helper and uacme');
  await teller.kill('apid');
  await until('uacme to be gone', () => uacmes(teller).length === 0);
  // ... and what it may have left half written.
  const [state] = readdirSync(teller.file('acme')).filter(n => n !== '.well-known');
  writeFileSync(teller.file(`acme/${state}/private/key.pem`), '-----BEGIN', {mode: 0o600});
  writeFileSync(teller.file(`acme/${state}/private/${HOST}/key.pem`), '');
  writeFileSync(teller.file(`acme/${state}/${HOST}/cert.pem.tmp`), 'half', {mode: 0o400});
  authority.pebble.resume();
  await start(teller);
  await until('a certificate', () => log('certificate_loaded') === 1, {deadlineMs});
  assert.equal((await secure()).status, 200);
});

test('an orderly stop does not wait for the authority; a name that is not ours is told with the reason', async suite => {
  const {teller, authority, log} = await automaticApid(suite);
  await authority.start();
  authority.pebble.pause();
  await start(teller);
  await until('uacme to wait for the authority', () => log('acme_says') > 0, {deadlineMs});
  await teller.stop('apid');
  await until('uacme to be gone', () => uacmes(teller).length === 0);
  authority.pebble.resume();
  const [elsewhere] = await freePorts(1);
  teller.configure({web: {http_addr: `127.0.0.1:${elsewhere}`}});
  await start(teller);
  await until('the refusal', () => log('acme_failed') > 0, {deadlineMs});
  assert.match(teller.log('apid'), /acme_failed .*reason=".*the authority says: /);
});
