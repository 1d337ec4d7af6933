// apid before people who mean harm: heads that two programs could read in two ways, clients that
// are slow on purpose, too many of them.  Each row says what is answered.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {readdirSync, writeFileSync} from 'node:fs';
import {test} from 'node:test';
import {RawConnection, rawRequest} from './lib/raw_http.mjs';
import {until} from './lib/wait.mjs';
import {World} from './lib/world.mjs';

const BODY = JSON.stringify({skyaddr: 'abc', coin_type: 'BTC'});
const INVALID = 'Invalid skycoin address: Invalid address length\n';
const NEXT = 'GET /api/config HTTP/1.1\r\nHost: smuggled\r\n\r\n';
const get = (target, ...headers) => `GET ${target} HTTP/1.1\r\n${['Host: x', ...headers].join('\r\n')}\r\n\r\n`;
const post = (...headers) => `POST /api/bind HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers.join('\r\n')}\r\n\r\n`;
const chunked = post('Transfer-Encoding: chunked');

async function exchange(teller, bytes, answers = 1) {
  const c = await RawConnection.open(teller.public);
  c.send(bytes);
  await until('an answer or the end', () => c.closed || c.statuses().length >= answers);
  return c;
}

const CLOSED = true, OPEN = false;
// why, bytes, status, body (none: the library's own page, in its words), what becomes of the connection
const REFUSED = [
  ['a length and a coding', post('Content-Length: 5', 'Transfer-Encoding: chunked') + '0\r\n\r\n' + NEXT, 400, 'Bad Request\n'],
  ['a coding and a length', post('Transfer-Encoding: chunked', 'Content-Length: 5') + '0\r\n\r\n' + NEXT, 400, 'Bad Request\n'],
  ['two lengths', post('Content-Length: 5', 'Content-Length: 0') + NEXT, 400, 'Bad Request\n'],
  ['two equal lengths', post('Content-Length: 35', 'Content-Length: 35') + BODY, 400, 'Bad Request\n'],
  ['a list of lengths', post('Content-Length: 35, 35') + BODY, 400],
  ['a length with a sign', post('Content-Length: +35') + BODY, 400],
  ['a negative length', post('Content-Length: -1') + BODY, 400],
  ['a length in hex', post('Content-Length: 0x23') + BODY, 400],
  ['a length with a tail', post('Content-Length: 35a') + BODY, 400],
  ['a length that is none', post('Content-Length: ') + NEXT, 400],
  ['a length beyond all numbers', post('Content-Length: 99999999999999999999999') + BODY, 413],
  ['a blank before the colon', post('Content-Length : 35') + BODY, 400, 'Bad Request\n'],
  ['a coding nobody has', post('Transfer-Encoding: gzip') + NEXT, 501, 'Transfer coding not supported\n'],
  ['two codings', post('Transfer-Encoding: gzip, chunked') + '0\r\n\r\n' + NEXT, 501, 'Transfer coding not supported\n'],
  ['a coding after chunked', post('Transfer-Encoding: chunked, identity') + '0\r\n\r\n' + NEXT, 501, 'Transfer coding not supported\n'],
  ['almost chunked', post('Transfer-Encoding: xchunked') + NEXT, 501, 'Transfer coding not supported\n'],
  ['chunked behind a control character', post('Transfer-Encoding: \x0bchunked') + NEXT, 400, 'Bad Request\n'],
  ['chunked twice', post('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked') + '0\r\n\r\n' + NEXT, 400, 'Bad Request\n'],
  ['chunked in HTTP/1.0', chunked.replace('HTTP/1.1', 'HTTP/1.0') + '0\r\n\r\n' + NEXT, 400, 'Bad Request\n'],
  ['LF alone ends all lines', 'GET /api/config HTTP/1.1\nHost: x\n\n', 400, 'Bad Request\n'],
  ['LF alone ends a line', 'GET /api/config HTTP/1.1\r\nHost: x\nX: y\r\n\r\n', 400, 'Bad Request\n'],
  ['LF alone ends the last line', `GET /api/config HTTP/1.1\r\nHost: x\r\nX: y\n\r\n`, 400, 'Bad Request\n'],
  ['LF alone is the empty line', `GET /api/config HTTP/1.1\r\nHost: x\r\n\n${NEXT}`, 400, 'Bad Request\n'],
  ['CR alone within a value', get('/api/config', 'X: a\rContent-Length: 9'), 400, 'Bad Request\n'],
  ['NUL within a value', get('/api/config', 'X: a\0b'), 400, 'Bad Request\n'],
  ['NUL at the end of a value', get('/api/config', 'X: a\0'), 400, 'Bad Request\n'],
  ['NUL within a name', get('/api/config', 'X\0: b'), 400],
  ['NUL within the target', get('/api/con\0fig'), 400, 'Bad Request\n'],
  ['another control character in a value', get('/api/config', 'X: a\x07b'), 400, 'Bad Request\n'],
  ['a folded line', get('/api/config', 'X: a', ' b'), 400, 'Bad Request\n'],
  ['a folded line, with a tab', get('/api/config', 'X: a', '\tTransfer-Encoding: chunked'), 400, 'Bad Request\n'],
  ['the first line is folded', 'GET /api/config HTTP/1.1\r\n Host: x\r\nX: a\r\n\r\n', 400, 'Bad Request\n'],
  ['a line without a colon', get('/api/config', 'Xyz'), 400],
  ['a header without a name', get('/api/config', ': v'), 400, 'Bad Request\n'],
  ['a name that is no token', get('/api/config', 'X(y): v'), 400, 'Bad Request\n'],
  ['no Host', 'GET /api/config HTTP/1.1\r\n\r\n', 400, 'Bad Request\n'],
  ['two Hosts', get('/api/config', 'Host: y'), 400, 'Bad Request\n'],
  ['two equal Hosts', get('/api/config', 'Host: x'), 400, 'Bad Request\n'],
  ['a Host that is none', 'GET /api/config HTTP/1.1\r\nHost: a b\r\n\r\n', 400, 'Bad Request\n'],
  ['a Host with a path', 'GET /api/config HTTP/1.1\r\nHost: a/b@c\r\n\r\n', 400, 'Bad Request\n'],
  ['another host in the target', get('http://evil/api/config'), 400, 'Bad Request\n'],
  ['CONNECT', 'CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'Bad Request\n'],
  ['a star for another method', get('*'), 400, 'Bad Request\n'],
  ['a target without a slash', get('api/config'), 400, 'Bad Request\n'],
  ['two blanks', 'GET  /api/config HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'Bad Request\n'],
  ['a blank in the target', get('/api/config x'), 400, 'Bad Request\n'],
  ['a control character in the target', get('/api/con\x07fig'), 400, 'Bad Request\n'],
  ['tabs for blanks', 'GET\t/api/config\tHTTP/1.1\r\nHost: x\r\n\r\n', 'cut'],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
  ['HTTP/0.9', 'GET /api/config\r\n\r\n', 400],
  ['no HTTP but TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 'cut'],
  ['a long target', get(`/${'a'.repeat(20000)}`), 414],
  ['a long header', get('/api/config', `X: ${'a'.repeat(20000)}`), 431],
  ['many headers', get('/api/config', ...Array(3000).fill('a: b')), 431],
  ['many values in a query', get(`/api/config?${'a&'.repeat(3000)}`), 'cut'],
  ['a negative chunk', chunked + '-1\r\n\r\n' + NEXT, 400],
  ['a huge chunk', chunked + 'fffffffffffffffff\r\nx', 413],
  ['a chunk size that is none', chunked + 'zz\r\nabc\r\n0\r\n\r\n', 400],
  ['a chunk size with a prefix', chunked + '0x5\r\nabcde\r\n0\r\n\r\n' + NEXT, 400],
  ['a chunk extension with LF', chunked + `23;a=b\nx\r\n${BODY}\r\n0\r\n\r\n`, 400],
  ['a chunk that ends elsewhere', chunked + `23\r\n${BODY}xx0\r\n\r\n`, 400],
  ['a chunk size in blanks', chunked + ` 23 \r\n${BODY}\r\n0\r\n\r\n`, 400],
  ['no chunk size', chunked + '\r\n\r\n' + NEXT, 400],
  ['many trailers', chunked + `23\r\n${BODY}\r\n0\r\n${'X: y\r\n'.repeat(5000)}\r\n`, 431],
  ['an expectation nobody has', post('Content-Length: 35', 'Expect: x') + BODY, 417, 'Expectation Failed\n'],
];
// What looks odd, and is right or does no harm: answered; and what is on the connection after it.
const TAKEN = [
  ['an extension of a chunk', chunked + `23;a=b\r\n${BODY}\r\n0\r\n\r\n`, 400, INVALID, CLOSED],
  ['trailers are no headers', chunked + `23\r\n${BODY}\r\n0\r\nHost: y\r\nContent-Length: 9\r\n\r\n`, 400, INVALID, CLOSED],
  // The library takes LF alone between chunks.  What follows such a body is not looked at.
  ['LF alone between chunks', chunked + `23\n${BODY}\n0\n\n${NEXT}`, 400, INVALID, CLOSED],
  ['HTTP/1.0 without a Host', 'GET /nope HTTP/1.0\r\n\r\n', 404, '404 page not found\n', CLOSED],
  ['an empty Host', 'GET /nope HTTP/1.1\r\nHost:\r\n\r\n', 404, '404 page not found\n', OPEN],
  ['the absolute form', get('http://x/nope'), 404, '404 page not found\n', OPEN],
  ['OPTIONS of everything', 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n', 404, '404 page not found\n', OPEN],
  ['HTTP/1.2', 'GET /nope HTTP/1.2\r\nHost: x\r\n\r\n', 404, '404 page not found\n', OPEN],
  ['empty lines before it', '\r\n\r\n' + get('/nope'), 404, '404 page not found\n', OPEN],
  ['bytes that are no UTF-8 in the target', get('/api/\xff\xfe'), 404, '404 page not found\n', OPEN],
  ['an upgrade', get('/nope', 'Connection: upgrade', 'Upgrade: h2c'), 404, '404 page not found\n', OPEN],
  ['blanks round a value', get('/nope', 'X:  \t a b \t '), 404, '404 page not found\n', OPEN],
  ['an empty value', get('/nope', 'X:', 'Y: '), 404, '404 page not found\n', OPEN],
  ['a hundred headers', get('/nope', ...Array(100).fill('a: b')), 404, '404 page not found\n', OPEN],
  ['a header of 8 KiB', get('/nope', `X: ${'a'.repeat(8000)}`), 404, '404 page not found\n', OPEN],
  ['a target of 4 KiB', get(`/${'a'.repeat(4000)}`), 404, '404 page not found\n', OPEN],
  ['cookies', get('/nope', 'Cookie: a=b; c=d', 'X: y'), 404, '404 page not found\n', OPEN],
];

test('heads that can be read in two ways are refused, and what follows them is no request', async suite => {
  const {teller} = await World.dummy(suite, {conf: {web: {throttle_duration: 0}}});
  await teller.startAll();
  const honest = await RawConnection.open(teller.public);
  for (const [n, [why, bytes, status, body]] of REFUSED.entries()) {
    const c = await exchange(teller, bytes);
    await until(`${why}: the connection to be closed`, () => c.closed);
    if (status === 'cut') assert.equal(c.text, '', why);
    else assert.equal(c.statuses()[0], status, `${why}: ${c.text}`);
    assert.ok(!c.text.includes('"enabled"'), `${why}: what follows was answered`);
    if (body !== undefined) {
      assert.equal(c.statuses().length, 1, why);
      assert.equal(c.text.split('\r\n\r\n')[1], body, why);
      assert.match(c.text, /X-Frame-Options: DENY/, why);
    }
    honest.send(get('/api/config'));
    await until(`${why}: an honest client to be served`, () => honest.statuses().length === n + 1);
  }
  honest.close();
});

test('requests that are none do not fill the log', async suite => {
  const {teller} = await World.dummy(suite, {conf: {debug: true}});
  await teller.startAll();
  const lines = () => (teller.log('apid').match(/ http_library /g) ?? []).length;
  const begun = performance.now(), before = lines();
  for (let n = 0; n < 40; n++) await Promise.all(Array.from({length: 10}, () => exchange(teller, post('Content-Length: x'))));
  await until('the rest to be counted', async () => {
    await exchange(teller, post('Content-Length: x'));
    return teller.log('apid').includes(' http_library_more ');
  });
  const written = lines() - before, seconds = (performance.now() - begun) / 1000;
  assert.ok(written <= 10 * (seconds + 3), `${written} lines in ${seconds} s`);
});

test('what is odd but clear is answered', async suite => {
  const {teller} = await World.dummy(suite, {conf: {web: {throttle_duration: 0}}});
  await teller.startAll();
  for (const [why, bytes, status, body, closed] of TAKEN) {
    const c = await exchange(teller, bytes);
    assert.deepEqual(c.statuses(), [status], `${why}: ${c.text}`);
    await until(`${why}: the body`, () => c.text.endsWith(body));
    if (closed) {
      await until(`${why}: the end`, () => c.closed);
      assert.equal(c.statuses().length, 1, why);
    } else {
      c.send(get('/api/config'));
      await until(`${why}: the next answer`, () => c.statuses().length === 2);
    }
    c.close();
  }
  // A head that comes byte by byte, or in pieces that make the library's buffer grow, is the same.
  for (const size of [1, 7, 1500]) {
    const c = await RawConnection.open(teller.public);
    const bytes = get('/api/config', ...Array.from({length: 30}, (_, i) => `X-${i}: ${'v'.repeat(size === 1 ? 5 : 200)}`));
    c.socket.setNoDelay(true);
    for (let at = 0; at < bytes.length; at += size) {
      c.send(bytes.slice(at, at + size));
      await new Promise(yes => setImmediate(yes));
    }
    await until('an answer', () => c.statuses().length === 1);
    assert.deepEqual(c.statuses(), [200], `in pieces of ${size}`);
    c.close();
  }
});

test('slow clients are cut when their time is up, whatever they send meanwhile', async suite => {
  const {teller} = await World.dummy(suite, {conf: {web: {throttle_duration: 0, read_timeout: '1s', write_timeout: '2s', idle_timeout: '3s'}}});
  await teller.startAll();
  const large = 'x'.repeat(1 << 20);
  for (let i = 0; i < 30; i++) writeFileSync(teller.file('web/large.bin'), large, {flag: 'a'});
  const drip = (c, byte) => { const t = setInterval(() => c.closed ? clearInterval(t) : c.send(byte), 50); };
  const readOnce = c => c.socket.once('data', () => c.socket.pause());
  const asks = c => c.send(get('/api/config'));
  const nothing = () => {};
  // What each of them does, and what it does when it has its first answer.
  const clients = [
    ['says nothing', nothing],
    ['half a head', c => c.send('GET /api/config HTTP/1.1\r\nHost: x\r\n')],
    ['a head, a byte at a time', c => { c.send('GET /'); drip(c, 'a'); }],
    ['headers without an end', c => { c.send('GET / HTTP/1.1\r\n'); drip(c, 'a: b\r\n'); }],
    ['a body, a byte at a time', c => { c.send(post('Content-Length: 60000')); drip(c, ' '); }],
    ['chunks without an end', c => { c.send(chunked); drip(c, '1\r\n \r\n'); }],
    ['does not read', c => { readOnce(c); c.send(get('/large.bin')); }, nothing],
    ['a second head, a byte at a time', asks, c => { c.send('GET /'); drip(c, 'a'); }],
    ['idle', asks, nothing],
    ['idle, and has ended its side', c => c.socket.end(get('/api/config')), nothing],
    ['leaves its side open', c => { readOnce(c); c.socket.end(get('/large.bin')); }, nothing],
  ];
  // One that was kept from asking in time was cut for that, and comes again.
  const begun = async act => {
    const c = await RawConnection.open(teller.public);
    act(c);
    await until('an answer or the end', () => c.closed || c.statuses().length > 0);
    return c.statuses().length > 0 && c;
  };
  const open = await Promise.all(clients.map(async ([why, act, then]) => {
    const c = then ? await until(`${why}: an answer`, () => begun(act)) : await RawConnection.open(teller.public);
    (then ?? act)(c);
    return [why, c];
  }));
  // The idle one has the longest time: when it is cut, all are that were so before.
  const [, idle] = open.find(([why]) => why === 'idle');
  let served = 0;
  await until('all of them to be cut', async () => {
    const isOver = idle.closed;
    const r = await rawRequest(`${teller.public}/api/config`).catch(() => null);    // it may have been late, too
    if (r) assert.equal(r.status, 200);
    if (r) served++;
    for (const [, c] of open) if (isOver && r) c.socket.resume();
    return served > 10 && open.every(([, c]) => c.closed);
  });
  for (const [why, c] of open) {
    assert.ok(c.closed, `${why}: still there`);
    assert.deepEqual(c.statuses(), /second|idle|read|side/.test(why) ? [200] : [], why);
    if (/read|side/.test(why)) assert.ok(c.text.length < 30 << 20, `${why}: was sent all`);
  }
});

test('one client has so many connections; the next is refused, a place that is freed is free', async suite => {
  const {teller} = await World.dummy(suite, {conf: {web: {connections_per_ip: 5}}});
  await teller.startAll();
  const some = await Promise.all(Array.from({length: 5}, () => RawConnection.open(teller.public)));
  for (const c of some) c.send(get('/api/config'));
  await until('five answers', () => some.every(c => c.statuses().length === 1));
  const sixth = await RawConnection.open(teller.public);
  sixth.send(get('/api/config'));
  await until('the sixth to be refused', () => sixth.closed);
  assert.equal(sixth.text, '');
  some[0].close();
  await until('a place', async () => (await rawRequest(`${teller.public}/api/config`).catch(() => ({}))).status === 200);
  assert.equal((await rawRequest(`${teller.admin}/api/deposits`)).status, 200, 'the operator has another listener');
  for (const c of some) c.close();
});

// All of them end within one turn of apid's: nothing else would make it look for new ones.
test('when descriptors are used up the rest waits, and is served when they are free again', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  const {apid} = teller.daemons;
  const used = readdirSync(`/proc/${apid.pid}/fd`).length;
  execFileSync('prlimit', [`--pid=${apid.pid}`, `--nofile=${used + 10}:`]);
  const crowd = await Promise.all(Array.from({length: 30}, () => RawConnection.open(teller.public)));
  const served = () => crowd.filter(c => c.statuses().length === 1).length;
  for (const c of crowd) c.send(get('/api/config'));
  await until('some to be served', () => served() > 0);
  assert.ok(served() < crowd.length, 'the limit is reached');
  apid.pause();
  for (const c of crowd) c.close();
  apid.resume();
  await until('the next one to be served', async () =>
    (await rawRequest(`${teller.public}/api/config`, {timeoutMs: 2000}).catch(() => ({}))).status === 200);
});
