// The pages' files on the public listener, as browsers and as strangers ask for them.
import assert from 'node:assert/strict';
import {mkdirSync, symlinkSync, writeFileSync, utimesSync, chmodSync, openSync, ftruncateSync, closeSync, readFileSync, truncateSync} from 'node:fs';
import {execFileSync} from 'node:child_process';
import {test} from 'node:test';
import {gunzipSync} from 'node:zlib';
import {RawConnection, rawRequest} from './lib/raw_http.mjs';
import {until} from './lib/wait.mjs';
import {World} from './lib/world.mjs';

const PAGE = '<!doctype html><title>a page</title>\n';
const STYLE = 'body { color: black }\n'.repeat(500);
const MODIFIED = 784111777, DATE = 'Sun, 06 Nov 1994 08:49:37 GMT';
const NOT_FOUND = [404, '404 page not found\n'];

function fill(teller) {
  const web = name => teller.file(`web/${name}`);
  for (const d of ['cn', 'empty', '.hidden', 'a b']) mkdirSync(web(d));
  for (const f of ['index.html', 'cn/index.html', '.hidden/index.html', '.secret', 'a b/index.html']) writeFileSync(web(f), PAGE);
  for (const f of ['style.css', 'cn/style.css']) writeFileSync(web(f), STYLE);
  writeFileSync(web('empty.txt'), '');
  writeFileSync(web('unreadable.txt'), 'x');
  if (process.getuid() !== 0) chmodSync(web('unreadable.txt'), 0);
  writeFileSync(teller.file('outside.txt'), 'outside');
  symlinkSync('../outside.txt', web('out.txt'));
  symlinkSync('/etc/passwd', web('passwd'));
  symlinkSync('..', web('up'));
  symlinkSync('style.css', web('in.css'));
  execFileSync('mkfifo', [web('pipe')]);
  utimesSync(web('style.css'), MODIFIED, MODIFIED);
  return web;
}

async function start(suite) {
  const {teller} = await World.dummy(suite);
  const web = fill(teller);
  await teller.startAll();
  return {teller, web, get: (path, headers = {}, method = 'GET') => rawRequest(`${teller.public}${path}`, {method, headers})};
}

const one = (r, name) => r.headers.get(name)?.join(', ');

test('what is served, what is redirected, what is not there', async suite => {
  const {get} = await start(suite);
  const rows = [
    ['the index', '/', 200, PAGE],
    ['the index by its name', '/index.html', 301, '', './'],
    ['a folder', '/cn/', 200, PAGE],
    ['a folder without its slash', '/cn', 301, '', 'cn/'],
    ['a folder in need of escapes', '/a%20b', 301, '', 'a%20b/'],
    ['an index in a folder', '/cn/index.html', 301, '', './'],
    ['a file', '/style.css', 200, STYLE],
    ['a file in a folder', '/cn/style.css', 200, STYLE],
    ['an escaped name', '/st%79le.css', 200, STYLE],
    ['a query changes nothing', '/style.css?v=1', 200, STYLE],
    ['a link inside', '/in.css', 200, STYLE],
    ['an empty file', '/empty.txt', 200, ''],
    ['a folder without an index is not listed', '/empty/', ...NOT_FOUND],
    ['a file with a slash', '/style.css/', ...NOT_FOUND],
    ['unknown', '/nope', ...NOT_FOUND],
    ['a dot file', '/.secret', ...NOT_FOUND],
    ['a dot folder', '/.hidden/', ...NOT_FOUND],
    ['a dot folder by its file', '/.hidden/index.html', ...NOT_FOUND],
    ['an escaped dot file', '/%2esecret', ...NOT_FOUND],
    ['a link that leads out', '/out.txt', ...NOT_FOUND],
    ['a link to an absolute path', '/passwd', ...NOT_FOUND],
    ['through a folder link that leads out', '/up/outside.txt', ...NOT_FOUND],
    ['a step up', '/../outside.txt', ...NOT_FOUND],
    ['an escaped step up', '/%2e%2e/outside.txt', ...NOT_FOUND],
    ['a step up with an escaped slash', '/..%2foutside.txt', ...NOT_FOUND],
    ['two slashes', '//style.css', ...NOT_FOUND],
    ['another host as a path', '//example.com/..', ...NOT_FOUND],
    ['a named pipe', '/pipe', ...NOT_FOUND],
    ['a NUL byte behind it', '/style.css%00', ...NOT_FOUND],
    ['a NUL byte, then an ending', '/.secret%00.css', ...NOT_FOUND],
    ['a name that no file has room for', `/${'x'.repeat(3000)}`, ...NOT_FOUND],
    ['a path of many parts', `/${'x/'.repeat(1500)}`, ...NOT_FOUND],
    ['the API is not looked for here', '/api/nope', ...NOT_FOUND],
  ];
  for (const [why, path, status, body, location] of rows) {
    const r = await get(path);
    assert.deepEqual([r.status, r.body, one(r, 'location')], [status, body, location], why);
    for (const [name, value] of [['x-frame-options', 'DENY'], ['x-content-type-options', 'nosniff'], ['referrer-policy', 'no-referrer'], ['x-xss-protection', '1; mode=block'], ['vary', 'Accept-Encoding']])
      assert.equal(one(r, name), value, `${why}: ${name}`);
    assert.match(one(r, 'content-security-policy'), /default-src 'self'/);
  }
  if (process.getuid() !== 0) assert.equal((await get('/unreadable.txt')).status, 403);
  const post = await get('/style.css', {'content-length': '0'}, 'POST');
  assert.deepEqual([post.status, post.body, one(post, 'allow')], [405, 'Invalid request method\n', 'GET, HEAD']);
});

test('headers of a file; HEAD; conditional requests', async suite => {
  const {get, web} = await start(suite);
  const r = await get('/style.css');
  assert.deepEqual(['content-type', 'content-length', 'last-modified', 'accept-ranges', 'cache-control'].map(n => one(r, n)),
    ['text/css; charset=utf-8', String(STYLE.length), DATE, 'bytes', 'no-cache']);
  assert.equal(one(await get('/'), 'content-type'), 'text/html; charset=utf-8');
  const head = await get('/style.css', {}, 'HEAD');
  assert.deepEqual([head.status, head.body, one(head, 'content-length'), one(head, 'etag')], [200, '', String(STYLE.length), one(r, 'etag')]);
  const etag = one(r, 'etag');
  assert.match(etag, /^"[^"]+"$/);
  const rows = [
    ['the tag', {'if-none-match': etag}, 304],
    ['the tag, weak', {'if-none-match': `W/${etag}`}, 304],
    ['one of them', {'if-none-match': `"x", ${etag}`}, 304],
    ['another tag', {'if-none-match': '"x"'}, 200],
    ['not since then', {'if-modified-since': DATE}, 304],
    ['since then', {'if-modified-since': 'Sun, 06 Nov 1994 08:49:36 GMT'}, 200],
    ['another tag outweighs the date', {'if-none-match': '"x"', 'if-modified-since': DATE}, 200],
    ['only if it is another', {'if-match': '"x"'}, 412],
    ['only if it is this', {'if-match': etag}, 200],
  ];
  for (const [why, headers, status] of rows) {
    const got = await get('/style.css', headers);
    assert.equal(got.status, status, why);
    if (status === 304) assert.deepEqual([got.body, one(got, 'etag'), one(got, 'x-frame-options'), one(got, 'content-length')],
      ['', etag, 'DENY', `${STYLE.length}`], why);
  }
  writeFileSync(web('style.css'), STYLE.replace('black', 'white'));
  assert.equal((await get('/style.css', {'if-none-match': etag})).status, 200, 'changed');
});

test('ranges', async suite => {
  const {get} = await start(suite);
  const size = STYLE.length;
  const etag = one(await get('/style.css'), 'etag');
  const rows = [
    ['bytes=0-9', 206, STYLE.slice(0, 10), `bytes 0-9/${size}`],
    ['bytes=10990-', 206, STYLE.slice(10990), `bytes 10990-${size - 1}/${size}`],
    ['bytes=-5', 206, STYLE.slice(-5), `bytes ${size - 5}-${size - 1}/${size}`],
    ['bytes=0-999999', 206, STYLE, `bytes 0-${size - 1}/${size}`],
    [`bytes=${size}-`, 416, 'Requested Range Not Satisfiable\n', `bytes */${size}`],
    ['bytes=0-1,4-5', 200, STYLE],
    ['bytes=9-0', 200, STYLE],
    ['lines=0-1', 200, STYLE],
  ];
  for (const [range, status, body, contentRange] of rows) {
    const r = await get('/style.css', {range, 'accept-encoding': 'gzip'});
    assert.deepEqual([r.status, r.body, one(r, 'content-range'), one(r, 'content-encoding')], [status, body, contentRange, undefined], range);
    assert.equal(one(r, 'x-frame-options'), 'DENY');
  }
  for (const [why, ifRange, status] of [['the tag', etag, 206], ['another', '"x"', 200], ['weak', `W/${etag}`, 200], ['the date', DATE, 206], ['another date', 'Sun, 06 Nov 1994 08:49:38 GMT', 200]])
    assert.equal((await get('/style.css', {range: 'bytes=0-9', 'if-range': ifRange})).status, status, why);
  const head = await get('/style.css', {range: 'bytes=0-9'}, 'HEAD');
  assert.deepEqual([head.status, head.body, one(head, 'content-length')], [206, '', '10']);
  assert.equal((await get('/empty.txt', {range: 'bytes=0-'})).status, 416);
});

test('compressed for who takes it, with a tag of its own', async suite => {
  const {get, web} = await start(suite);
  const large = 'a line of a large text\n'.repeat(60000);
  writeFileSync(web('large.txt'), large);
  const plain = await get('/style.css');
  const gz = await get('/style.css', {'accept-encoding': 'deflate, gzip;q=0.5'});
  assert.deepEqual([gz.status, one(gz, 'content-encoding'), one(gz, 'vary')], [200, 'gzip', 'Accept-Encoding']);
  assert.equal(gunzipSync(gz.bytes).toString(), STYLE);
  assert.ok(gz.bytes.length < STYLE.length / 10);
  assert.notEqual(one(gz, 'etag'), one(plain, 'etag'), 'other bytes, another strong tag');
  const same = await get('/style.css', {'accept-encoding': 'gzip', 'if-none-match': one(gz, 'etag')});
  assert.deepEqual([same.status, same.body, one(same, 'content-length')], [304, '', one(gz, 'content-length')]);
  assert.equal(one(await get('/style.css', {'accept-encoding': 'gzip;q=0'}), 'content-encoding'), undefined);
  assert.equal(one(await get('/', {'accept-encoding': 'gzip'}), 'content-encoding'), undefined, 'too small to be worth it');
  const streamed = await get('/large.txt', {'accept-encoding': 'gzip'});
  assert.equal(one(streamed, 'content-encoding'), 'gzip');
  assert.equal(gunzipSync(streamed.bytes).toString(), large);
  const head = await get('/large.txt', {'accept-encoding': 'gzip'}, 'HEAD');
  assert.deepEqual([head.status, head.body, one(head, 'content-length')], [200, '', String(large.length)]);
  assert.equal(one(await get('/style.css', {'accept-encoding': 'gzip'}, 'HEAD'), 'content-encoding'), 'gzip');
  // Changed: what was kept compressed is not served any more.
  writeFileSync(web('style.css'), STYLE.replaceAll('black', 'white'));
  assert.equal(gunzipSync((await get('/style.css', {'accept-encoding': 'gzip'})).bytes).toString(), STYLE.replaceAll('black', 'white'));
});

test('a large file costs no memory, and a client that leaves costs nothing', async suite => {
  const {teller, get, web} = await start(suite);
  const MIB = 200;
  for (const name of ['large.bin', 'large.txt']) {
    const fd = openSync(web(name), 'w');
    ftruncateSync(fd, MIB << 20);
    closeSync(fd);
  }
  const peak = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${teller.daemons.apid.pid}/status`, 'utf8'))[1]);
  const before = peak();
  for (const [name, headers] of [['large.bin', {}], ['large.txt', {'accept-encoding': 'gzip'}]]) {
    const r = await get(`/${name}`, headers);
    assert.equal(r.status, 200);
    assert.equal(one(r, 'content-encoding') === 'gzip' ? gunzipSync(r.bytes).length : r.bytes.length, MIB << 20);
  }
  assert.ok(peak() - before < 8 << 10, `${peak() - before} KiB more`);
  const files = () => execFileSync('ls', ['-l', `/proc/${teller.daemons.apid.pid}/fd`]).toString().split('large').length - 1;
  const leaver = await RawConnection.open(teller.public);
  leaver.send('GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n');
  await until('the first bytes', () => leaver.text.length > 100000);
  leaver.close();
  await until('the file to be closed', () => files() === 0);
  // A file that shrinks while it is sent: the client is told by a cut connection, never by padding.
  const reader = await RawConnection.open(teller.public);
  reader.socket.once('data', () => reader.socket.pause());
  reader.send('GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n');
  await until('the first bytes', () => reader.text.length > 0);
  truncateSync(web('large.bin'), 0);
  reader.socket.resume();
  await until('the connection to be cut', () => reader.closed);
  assert.equal((await get('/style.css')).status, 200);
});
