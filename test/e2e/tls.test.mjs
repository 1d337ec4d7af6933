// HTTPS with certificate files: what clients of all kinds are offered, and a certificate that changes
// under a running service.
import assert from 'node:assert/strict';
import {chmodSync, copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import https from 'node:https';
import {test} from 'node:test';
import tls from 'node:tls';
import {hostRequest, httpsRequest, makeCertificate, sClient} from './lib/certificates.mjs';
import {customer} from './lib/files.mjs';
import {RawConnection} from './lib/raw_http.mjs';
import {freePorts} from './lib/ports.mjs';
import {until} from './lib/wait.mjs';
import {World} from './lib/world.mjs';

// apid and who makes the database, with a certificate of its own.
async function secureApid(suite, {conf = {}, certificate = {}, tries = () => []} = {}) {
  const {teller} = await World.dummy(suite, {conf});
  const [port] = await freePorts(1);
  const files = {cert: teller.file('cert.pem'), key: teller.file('key.pem')};
  const ca = makeCertificate(files, certificate);
  const env = tries(teller).length ? {TELLER_INTRUDER: tries(teller).join(' ')} : {};
  teller.configure({web: {https_addr: `127.0.0.1:${port}`, tls_cert: 'cert.pem', tls_key: 'key.pem', ...conf.web}});
  teller.start('exchangerd');
  teller.start('apid', env);
  await until('apid to listen', () => teller.log('apid').includes(' ready '));
  return {teller, port, files, ca, plain: Number(new URL(teller.public).port), url: `https://127.0.0.1:${port}`};
}

// Of a process, in user and system mode; the kernel counts hundredths of a second.
const cpuMs = pid => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13).reduce((a, n) => a + Number(n) * 10, 0);

const loaded = teller => (teller.log('apid').match(/certificate_loaded/g) ?? []).length;
// The text of a problem that apid has now, by its log.
const problem = (teller, what) => {
  const lines = teller.log('apid').split('\n').filter(l => l.includes(` what=${what}`));
  return /problem .* text="(.*)"/.exec(lines.at(-1) ?? '')?.[1];
};

test('one contract over TLS: same answers, HSTS, and the limits of the public API', async suite => {
  const {teller, url, ca} = await secureApid(suite, {conf: {web: {throttle_max: 2, throttle_duration: '1h'}}});
  const config = await httpsRequest(`${url}/api/config`, {ca});
  assert.equal(config.status, 200);
  assert.equal(config.headers['strict-transport-security'], 'max-age=31536000');
  assert.equal(config.headers['x-frame-options'], 'DENY');
  assert.equal(JSON.parse(config.text).buy_method, 'direct');
  const status = () => httpsRequest(`${url}/api/status?skyaddr=${customer(0)}`, {ca});
  assert.deepEqual([(await status()).status, (await status()).status, (await status()).status], [200, 200, 429]);
  const body = JSON.stringify({skyaddr: 'x', coin_type: 'BTC'}).padEnd(65537);
  assert.equal((await httpsRequest(`${url}/api/bind`, {ca, method: 'POST', headers: {'content-type': 'application/json'}, body})).status, 413);
  assert.equal((await httpsRequest(`${url}/api/deposits`, {ca})).status, 404, 'the admin API is not there');
  assert.equal((await hostRequest(Number(new URL(teller.admin).port), '/api/accounting')).headers['strict-transport-security'], undefined);
});

// A request whose end the library does not tell: see on_disconnected() in apid/http_server.c.
test('requests that are refused while they are read leave nothing behind', async suite => {
  const {teller, port, ca} = await secureApid(suite, {conf: {web: {connections_per_ip: 0}}});
  const {pid} = teller.daemons.apid;
  const residentKb = () => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
  const text = `GET /?${'a&'.repeat(3000)} HTTP/1.1\r\nHost: x\r\n\r\n`;
  const refused = () => new Promise(yes => {
    const c = tls.connect({port, host: '127.0.0.1', ca}, () => c.write(text));
    c.on('error', () => {}).on('close', yes).resume();
  });
  const many = async count => {
    for (let n = 0; n < count; n += 10) await Promise.all(Array.from({length: 10}, refused));
  };
  await many(200);
  const before = residentKb();
  await many(1500);
  const grown = residentKb() - before;
  assert.ok(grown < 5000, `${grown} KiB more`);
});

test('TLS 1.3 and 1.2 with forward secrecy and authenticated encryption, nothing else', async suite => {
  const {port} = await secureApid(suite);
  const offers = [
    ['TLS 1.3', ['-tls1_3'], true],
    ['TLS 1.2', ['-tls1_2'], true],
    ['TLS 1.1', ['-tls1_1', '-cipher', 'ALL:@SECLEVEL=0'], false],
    ['TLS 1.0', ['-tls1', '-cipher', 'ALL:@SECLEVEL=0'], false],
    ['GCM', ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES256-GCM-SHA384'], true],
    ['ChaCha20', ['-tls1_2', '-cipher', 'ECDHE-ECDSA-CHACHA20-POLY1305'], true],
    ['CBC', ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384:@SECLEVEL=0'], false],
    ['CCM', ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0'], false],
    ['no encryption', ['-tls1_2', '-cipher', 'eNULL:@SECLEVEL=0'], false],
    ['nobody behind the key', ['-tls1_2', '-cipher', 'aNULL:@SECLEVEL=0'], false],
    ['SHA-1 signatures', ['-tls1_2', '-sigalgs', 'ECDSA+SHA1', '-cipher', 'ALL:@SECLEVEL=0'], false],
    ['X25519', ['-groups', 'X25519'], true],
    ['P-256', ['-groups', 'P-256'], true],
    ['finite field', ['-tls1_3', '-groups', 'ffdhe2048'], false],
  ];
  for (const [why, args, ok] of offers) {
    const r = sClient(port, args);
    assert.equal(r.ok, ok, `${why}: ${r.text}`);
  }
  assert.match(sClient(port, ['-alpn', 'h2,http/1.1']).text, /ALPN protocol: http\/1\.1/);
  assert.match(sClient(port, ['-tls1_2']).text, /Secure Renegotiation IS supported/);
});

test('a static RSA key exchange is refused, ECDHE with an RSA key is not', async suite => {
  const {port} = await secureApid(suite, {certificate: {kind: 'rsa'}});
  assert.equal(sClient(port, ['-tls1_2', '-cipher', 'ECDHE-RSA-AES128-GCM-SHA256']).ok, true);
  assert.equal(sClient(port, ['-tls1_3']).ok, true);
  assert.equal(sClient(port, ['-tls1_2', '-cipher', 'AES128-GCM-SHA256']).ok, false);
  assert.equal(sClient(port, ['-tls1_2', '-cipher', 'DHE-RSA-AES128-GCM-SHA256']).ok, false);
});

test('large answers to slow readers, requests back to back, a request in many small records', async suite => {
  const {teller, port, url, ca} = await secureApid(suite);
  const big = Buffer.alloc(6 << 20, 'a certain pattern ').toString('latin1');
  writeFileSync(teller.file('web/big.bin'), big);
  const slow = new Promise((yes, no) => https.get(`${url}/big.bin`, {ca, servername: 'localhost', agent: false}, res => {
    let text = '';
    res.on('error', no).on('end', () => yes(text)).setEncoding('latin1');
    res.on('data', d => {
      text += d;
      res.pause();
      setTimeout(() => res.resume(), 1);
    });
  }).on('error', no));
  const socket = tls.connect({host: '127.0.0.1', port, ca, servername: 'localhost'});
  suite.after(() => socket.destroy());
  let text = '';
  socket.setEncoding('latin1').on('data', d => { text += d; }).on('error', () => {});
  const answers = () => (text.match(/HTTP\/1\.1 200 /g) ?? []).length;
  socket.write('GET /api/config HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(20));
  await until('twenty answers', () => answers() === 20);
  for (const c of 'GET /api/config HTTP/1.1\r\nHost: localhost\r\n\r\n') {
    socket.write(c);
    await new Promise(yes => setImmediate(yes));
  }
  await until('one more', () => answers() === 21);
  assert.equal(await slow === big, true, 'each byte of the large one');
  const body = JSON.stringify({skyaddr: customer(0), coin_type: 'XYZ'}).padEnd(65536);
  assert.equal((await httpsRequest(`${url}/api/bind`, {ca, method: 'POST', headers: {'content-type': 'application/json'}, body})).text, 'Invalid coin_type\n');
});

test('strangers on the TLS port: plain HTTP, garbage, half a handshake; customers are served', async suite => {
  const {teller, port, url, ca} = await secureApid(suite, {conf: {web: {read_timeout: '2s'}}});
  const garbage = [`GET / HTTP/1.1\r\nHost: x\r\n\r\n`, '\x16\x03\x01\xff\xff' + 'A'.repeat(70000), '\x00'.repeat(100), '\x16\x03\x01\x02\x00\x01'];
  const rows = await Promise.all(garbage.map(async bytes => {
    const c = await RawConnection.open(`http://127.0.0.1:${port}`);
    c.send(bytes);
    return c;
  }));
  const silent = await Promise.all(Array.from({length: 50}, () => RawConnection.open(`http://127.0.0.1:${port}`)));
  const half = await Promise.all(Array.from({length: 50}, () => RawConnection.open(`http://127.0.0.1:${port}`)));
  for (const c of half) c.send('\x16\x03\x01\x02\x00\x01');
  // Who is late with a handshake, or with a request, is cut, and comes again.
  const isServed = () => until('a customer to be served', async () => (await httpsRequest(`${url}/api/config`, {ca})).status === 200);
  const mute = await Promise.all(Array.from({length: 50}, () => until('a handshake that nothing follows', () => new Promise(yes => {
    const c = tls.connect({host: '127.0.0.1', port, ca, servername: 'localhost'});
    c.on('error', () => {}).once('secureConnect', () => yes(c)).once('close', () => yes(null));
  }))));
  await isServed();
  const before = cpuMs(teller.daemons.apid.pid);
  await until('all of them to be cut', () => [...rows, ...silent, ...half].every(c => c.closed) && mute.every(c => c.destroyed));
  assert.ok(cpuMs(teller.daemons.apid.pid) - before < 500, 'whoever does not speak costs nothing');
  for (const c of rows) assert.doesNotMatch(c.text, /HTTP\//);
  await isServed();
});

test('plain HTTP sends everybody to HTTPS, before anything else', async suite => {
  const {plain, port, teller} = await secureApid(suite, {conf: {web: {throttle_max: 1, throttle_duration: '1h', cors_allowed: '["*"]'}}});
  const to = path => `https://localhost:${port}${path}`;
  const rows = [
    ['a page', 'GET', '/', 301, to('/')],
    ['the query as it came', 'GET', '/api/status?skyaddr=%41&x=<', 301, to('/api/status?skyaddr=%41&x=%3C')],
    ['HEAD', 'HEAD', '/x', 301, to('/x')],
    ['POST keeps its method', 'POST', '/api/bind', 308, to('/api/bind')],
    ['a preflight', 'OPTIONS', '/api/bind', 308, to('/api/bind')],
    ['what is nowhere', 'GET', '/no/such', 301, to('/no/such')],
  ];
  for (let turn = 0; turn < 2; turn++) {    // the rate limit is not asked
    for (const [why, method, path, status, location] of rows) {
      const r = await hostRequest(plain, path, {method, host: `localhost:${plain}`, headers: {origin: 'https://a.example', 'x-forwarded-proto': 'https'}});
      assert.deepEqual([r.status, r.headers.location], [status, location], why);
      for (const name of ['x-frame-options', 'strict-transport-security', 'access-control-allow-origin', 'x-rate-limit-limit'])
        assert.equal(r.headers[name], undefined, `${why}: ${name}`);
      const body = method === 'GET' ? `<a href="${location.replaceAll('&', '&amp;')}">Moved Permanently</a>.\n\n` : '';
      assert.equal(r.text, body, why);
    }
  }
  for (const [length, status] of [[7000, 301], [8500, 414], [15000, 414]])    // it goes out as it came in: there must be room for both
    assert.equal((await hostRequest(plain, `/${'a'.repeat(length)}`)).status, status, `a path of ${length} bytes`);
  const old = await RawConnection.open(teller.public);
  old.send('GET /x HTTP/1.0\r\n\r\n');
  await until('the answer to a client without a Host', () => old.closed);
  assert.match(old.text, new RegExp(`^HTTP/1\\.. 301 .*\\r\\nLocation: https://127\\.0\\.0\\.1:${port}/x\\r\\n`, 's'));
  teller.configure({web: {https_addr: `0.0.0.0:${port}`}});
  await teller.restart('apid');
  await until('apid to listen again', async () => (await hostRequest(plain, '/')).status === 301);
  assert.equal((await hostRequest(plain, '/a', {host: '[::1]:80'})).headers.location, `https://[::1]:${port}/a`);
  for (const host of ['a"><script>', 'a/b', 'me@a', '2001:db8::1', 'a%00', "a'b"]) {
    const unknown = await hostRequest(plain, '/', {host});
    assert.deepEqual([unknown.status, unknown.headers.location], [400, undefined], host);
    assert.doesNotMatch(unknown.text, /script/);
  }
});

test('challenges of any certificate authority are answered before the redirect', async suite => {
  const {plain, teller} = await secureApid(suite);
  const folder = teller.file('acme/.well-known/acme-challenge');
  const get = (name, more) => hostRequest(plain, `/.well-known/acme-challenge/${name}`, more);
  writeFileSync(`${folder}/to-ken_1`, 'to-ken_1.thumb');
  writeFileSync(teller.file('secret'), 'secret');
  symlinkSync(teller.file('secret'), `${folder}/link`);
  mkdirSync(`${folder}/folder`);
  writeFileSync(`${folder}/huge`, 'x'.repeat(100000));
  const found = await get('to-ken_1');
  assert.deepEqual([found.status, found.text], [200, 'to-ken_1.thumb']);
  assert.equal((await get('to-ken_1', {method: 'HEAD'})).status, 200);
  assert.equal((await get('to-ken_1', {method: 'POST'})).status, 405);
  for (const name of ['none', 'link', 'folder', 'huge', '', '..%2f..%2f..%2fsecret', '../../../secret', 'to-ken_1%00', 'a'.repeat(5000)])
    assert.equal((await get(name)).status, 404, name);
});

test('a new certificate is shown to new connections; the one that is there goes on', async suite => {
  const {teller, url, ca, files} = await secureApid(suite);
  const agent = new https.Agent({keepAlive: true, maxSockets: 1, ca});
  suite.after(() => agent.destroy());
  const before = await httpsRequest(`${url}/api/config`, {agent});
  const next = {cert: teller.file('new.pem'), key: teller.file('new.key')};
  const newCa = makeCertificate(next);
  renameSync(next.key, files.key);
  renameSync(next.cert, files.cert);
  await until('the new certificate', () => loaded(teller) === 2);
  const kept = await httpsRequest(`${url}/api/config`, {agent});
  assert.equal(kept.status, 200);
  assert.equal(kept.cert, before.cert, 'the same connection');
  const fresh = await httpsRequest(`${url}/api/config`, {ca: newCa});
  assert.equal(fresh.status, 200);
  assert.notEqual(fresh.cert, before.cert);
  await assert.rejects(httpsRequest(`${url}/api/config`, {ca}), /self.signed/);
});

test('bad new files keep the old certificate and are told; SIGHUP looks at once', async suite => {
  const {teller, url, ca, files} = await secureApid(suite);
  const {cert} = await httpsRequest(`${url}/api/config`, {ca});
  copyFileSync(files.key, teller.file('old.key'));
  makeCertificate({cert: teller.file('other.pem'), key: files.key});
  teller.daemons.apid.child.kill('SIGHUP');
  assert.match(await until('the problem', () => problem(teller, 'tls_certificate')), /two different certificates.*loaded before goes on/);
  await until('its line', () => teller.watchLines('apid').filter(l => l.includes(' certificate_not_loaded ')).length === 1);
  await until('customers to be told', async () => {
    const {problems} = JSON.parse((await httpsRequest(`${url}/api/health`, {ca})).text);
    return /browsers may warn/.test(problems.find(p => p.component === 'certificate').customers);
  });
  chmodSync(teller.file('old.key'), 0o644);
  renameSync(teller.file('old.key'), files.key);
  teller.daemons.apid.child.kill('SIGHUP');
  await until('the next problem', () => /mode 0644/.test(problem(teller, 'tls_certificate')));
  assert.equal((await httpsRequest(`${url}/api/config`, {ca})).cert, cert);
  chmodSync(files.key, 0o600);
  teller.daemons.apid.child.kill('SIGHUP');
  await until('all to be well', () => !problem(teller, 'tls_certificate'));
  assert.match(teller.log('apid'), /log_reopened/);
});

test('certbot’s folders: a link into an archive is followed to what it shows next', async suite => {
  const {teller, url} = await secureApid(suite);
  for (const f of ['live', 'archive']) mkdirSync(teller.file(f));
  const at = n => ({cert: teller.file(`archive/fullchain${n}.pem`), key: teller.file(`archive/privkey${n}.pem`)});
  const link = (to, name) => {
    symlinkSync(to, teller.file('live/new'));
    renameSync(teller.file('live/new'), teller.file(`live/${name}.pem`));
  };
  const turn = n => {
    link(`../archive/privkey${n}.pem`, 'privkey');
    link(`../archive/fullchain${n}.pem`, 'fullchain');
  };
  const first = makeCertificate(at(1));
  turn(1);
  teller.configure({web: {tls_cert: 'live/fullchain.pem', tls_key: teller.file('live/privkey.pem')}});
  await teller.restart('apid');
  await until('the first', async () => (await httpsRequest(`${url}/api/config`, {ca: first})).status === 200);
  const second = makeCertificate(at(2));
  turn(2);
  await until('the second', async () => (await httpsRequest(`${url}/api/config`, {ca: second})).status === 200);
});

test('inside the sandbox: neither the key nor the wallet beside it can be read, and the next certificate is loaded', async suite => {
  const challenge = teller => `read:${teller.file('acme/.well-known/acme-challenge/token')}`;
  const closed = teller => ['key.pem', 'hot.wlt', 'teller.ini'].map(n => `read:${teller.file(n)}`);
  const {teller, url, ca, plain, files} = await secureApid(suite, {conf: {sandbox: 'required'}, tries: t => [...closed(t), challenge(t)]});
  writeFileSync(teller.file('acme/.well-known/acme-challenge/token'), 'token.thumb');
  await until('the intruder to have tried all', async () => {
    await httpsRequest(`${url}/api/health`, {ca});
    return teller.log('apid').includes(`intruder ${challenge(teller)} `);
  });
  for (const t of closed(teller)) assert.ok(teller.log('apid').includes(`intruder ${t} EACCES`), t);
  assert.ok(teller.log('apid').includes(`intruder ${challenge(teller)} ok`));
  assert.equal((await hostRequest(plain, '/.well-known/acme-challenge/token')).text, 'token.thumb');
  makeCertificate({cert: teller.file('new.pem'), key: teller.file('new.key')});
  renameSync(teller.file('new.key'), files.key);
  renameSync(teller.file('new.pem'), files.cert);
  await until('the new certificate', () => loaded(teller) === 2);
  assert.doesNotMatch(teller.log('apid'), /sandbox_refused/);
});

test('at the start: what cannot be used ends apid with status 2 and a reason', async suite => {
  const {teller} = await World.dummy(suite);
  const [port] = await freePorts(1);
  const files = {cert: teller.file('cert.pem'), key: teller.file('key.pem')};
  teller.configure({web: {https_addr: `127.0.0.1:${port}`, tls_cert: 'cert.pem', tls_key: 'key.pem'}});
  teller.start('exchangerd');
  await until('the database', () => teller.log('exchangerd').includes(' ready '));
  const refused = async (why, words) => {
    const {status} = await teller.start('apid').ended;
    assert.equal(status, 2, why);
    assert.match(teller.daemons.apid.output(), words, why);
  };
  await refused('no files', /web\.tls_cert file does not exist: .*cert\.pem\n.*web\.tls_key file does not exist/);
  makeCertificate(files);
  chmodSync(files.key, 0o604);
  await refused('open to others', /key\.pem' is open to other users \(mode 0604\)/);
  makeCertificate({cert: teller.file('b.pem'), key: files.key});
  await refused('two halves', /two different certificates/);
  writeFileSync(files.cert, 'nonsense');
  await refused('garbage', /no certificate chain/);
});

test('HTTPS alone, with a certificate that soon ends', async suite => {
  const {teller} = await World.dummy(suite);
  const [port] = await freePorts(1);
  const ca = makeCertificate({cert: teller.file('cert.pem'), key: teller.file('key.pem')}, {days: 1});
  teller.configure({web: {http_addr: '', https_addr: `127.0.0.1:${port}`, tls_cert: 'cert.pem', tls_key: 'key.pem'}});
  for (const name of ['exchangerd', 'apid']) teller.start(name);
  await until('apid', async () => (await httpsRequest(`https://127.0.0.1:${port}/api/config`, {ca})).status === 200);
  assert.equal(problem(teller, 'tls_certificate'), undefined, 'a whole day of one is not soon');
  rmSync(teller.file('key.pem'));
  teller.daemons.apid.child.kill('SIGHUP');
  assert.match(await until('the problem', () => problem(teller, 'tls_certificate')), /No such file/);
  await assert.rejects(hostRequest(Number(new URL(teller.public).port), '/'), /ECONNREFUSED/);
});
