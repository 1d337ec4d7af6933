// apid before strangers: the order of its checks, odd requests, the rate limit, what connections
// cost.  What it answers when all is usual is in contract.test.mjs.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {networkInterfaces} from 'node:os';
import {test} from 'node:test';
import {btcPool, customer} from './lib/files.mjs';
import {RawConnection, rawRequest} from './lib/raw_http.mjs';
import {until} from './lib/wait.mjs';
import {World} from './lib/world.mjs';

const SKY = customer(0);
const bindBody = (skyaddr, coin_type = 'BTC') => JSON.stringify({skyaddr, coin_type});
const post = (teller, body, headers = {'content-type': 'application/json'}) =>
  rawRequest(`${teller.public}/api/bind`, {method: 'POST', headers, body});
const answer = r => [r.status, r.body];

const noneDown = teller => until('no daemon to be down', async () => !(await teller.problems()).some(p => p.what === 'down'));

test('bind: a request that fails at several checks is answered by the first', async suite => {
  const pool = btcPool(1);
  const {teller} = await World.dummy(suite, {pool, conf: {teller: {max_bound_addrs: pool.length}}});
  await teller.startAll();
  for (const _ of pool) await teller.bind(SKY);
  // From here on the pool is empty and SKY has reached its limit: checks 8 and 9 fail whatever comes.
  assert.deepEqual(answer(await post(teller, bindBody(SKY))), [500, 'The maximum number of addresses have been assigned to this SKY address\n']);
  assert.deepEqual(answer(await post(teller, bindBody(customer(1)))), [500, 'Deposit address pool is empty\n']);

  teller.configure({teller: {bind_enabled: false}});
  await Promise.all(['apid', 'exchangerd'].map(d => teller.restart(d)));
  await noneDown(teller);
  // ... and check 7 as well.
  const rows = [
    ['7 bindings are off', bindBody(SKY), 403, 'Address binding is disabled\n'],
    ['6 address', bindBody('abc'), 400, 'Invalid skycoin address: Invalid address length\n'],
    ['6 null address', bindBody('111111111111111111111691FSP'), 400, 'Invalid skycoin address: Null address\n'],
    ['5 coin is off', bindBody('abc', 'SKY'), 400, 'SKY not enabled\n'],
    ['5 coin is none', bindBody('abc', 'btc'), 400, 'Invalid coin_type\n'],
    ['5 no coin', bindBody('abc', ''), 400, 'Missing coin_type\n'],
    ['4 no address, and no coin', bindBody(' \n'), 400, 'Missing skyaddr\n'],
    ['4 no address, coin is none', bindBody('', 'x'), 400, 'Missing skyaddr\n'],
  ];
  for (const [why, body, status, text] of rows) assert.deepEqual(answer(await post(teller, body)), [status, text], why);
  const json = await post(teller, '{"skyaddr":"","coin_type":1}');
  assert.equal(json.status, 400);
  assert.match(json.body, /^Invalid json request body: ./, '3 body');
  assert.deepEqual(answer(await post(teller, '{', {'content-type': 'text/json'})), [415, 'Invalid content type\n'], '2 type');
  const method = await rawRequest(`${teller.public}/api/bind`, {method: 'PUT', headers: {'content-type': 'text/json'}, body: '{'});
  assert.deepEqual([method.status, method.headers.get('allow')], [405, ['POST']], '1 method');

  teller.configure({web: {throttle_max: 1, throttle_duration: '1h'}});
  await teller.restart('apid');
  await noneDown(teller);
  const put = () => rawRequest(`${teller.public}/api/bind`, {method: 'PUT', headers: {'content-type': 'text/json'}, body: '{'});
  assert.deepEqual([(await put()).status, (await put()).status], [405, 429], '0 rate limit');
});

test('bind: bodies of all kinds', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  const bad = 'Invalid json request body: ';
  const rows = [
    ['nothing', '', 400, `${bad}EOF\n`],
    ['blanks only', ' \r\n\t', 400, `${bad}EOF\n`],
    ['null', 'null', 400, bad],
    ['an array', '[]', 400, bad],
    ['a number', '7', 400, bad],
    ['half a body', '{"skyaddr":', 400, bad],
    ['a NUL byte in the text', `{"skyaddr":"${SKY}\u0000x","coin_type":"BTC"}`, 400, bad],
    ['not UTF-8', Buffer.from([...Buffer.from('{"skyaddr":"'), 0xff, 0xfe, ...Buffer.from('","coin_type":"BTC"}')]), 400, ''],
    ['too deep', '{"skyaddr":' + '['.repeat(5000) + ']'.repeat(5000) + '}', 400, bad],
    ['null fields say nothing', '{"skyaddr":null,"coin_type":null}', 400, 'Missing skyaddr\n'],
    ['coin in blanks', bindBody(SKY, ' BTC '), 400, 'Invalid coin_type\n'],
    ['the last of two counts', `{"skyaddr":"${SKY}","skyaddr":"abc","coin_type":"BTC"}`, 400, 'Invalid skycoin address: Invalid address length\n'],
    ['the last of two counts, other case', `{"SKYADDR":"abc","skyaddr":"${SKY}","coin_type":"XYZ","Coin_Type":"BTC"}`, 200, '{'],
    ['one of two is no string', `{"skyaddr":1,"skyaddr":"${SKY}","coin_type":"BTC"}`, 400, bad],
    ['null after a text leaves it', `{"skyaddr":"${SKY}","coin_type":"BTC","coin_type":null}`, 200, '{'],
    ['escapes are letters', `{"sky\\u0061ddr":"\\u0020${SKY}","coin_type":"\\u0042TC"}`, 200, '{'],
    ['65536 bytes', bindBody(SKY).padEnd(65536), 200, '{'],
    ['65537 bytes', bindBody(SKY).padEnd(65537), 413, 'Request body too large\n'],
    ['1 MiB', bindBody(SKY).padEnd(1 << 20), 413, 'Request body too large\n'],
    ['a very long address', bindBody('2'.repeat(60000)), 400, 'Invalid skycoin address: Invalid address length\n'],
  ];
  for (const [why, body, status, text] of rows) {
    const r = await post(teller, body);
    assert.deepEqual([r.status, r.body.slice(0, text.length)], [status, text], `${why}: ${r.body}`);
    assert.deepEqual([r.headers.get('accept'), r.headers.get('x-frame-options')], [['application/json'], ['DENY']], why);
  }
});

test('bind: a chunked body has the same limit, and its end is not waited for', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  const chunked = body => post(teller, body, {'content-type': 'Application/JSON ; charset=utf-8', 'transfer-encoding': 'chunked'});
  assert.equal((await chunked(bindBody(SKY))).status, 200);
  assert.deepEqual(answer(await chunked(bindBody(SKY).padEnd(1 << 20))), [413, 'Request body too large\n']);
  const head = `POST /api/bind HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;
  const endless = await RawConnection.open(teller.public);
  endless.send(`${head}Transfer-Encoding: chunked\r\n\r\n`);
  const piece = `10000\r\n${' '.repeat(0x10000)}\r\n`;
  await until('the endless body to be cut', () => { endless.send(piece); return endless.closed; });
  for (const [why, headers] of [['waits for leave', 'Expect: 100-continue\r\nContent-Length: 1000000'], ['announces too much', 'Content-Length: 99999999999']]) {
    const c = await RawConnection.open(teller.public);
    c.send(`${head}${headers}\r\n\r\n`);
    await until('the refusal', () => c.text.includes('Request body too large'));
    assert.deepEqual(c.statuses(), [413], why);
    c.close();
  }
});

test('queries: escapes, NUL bytes, two values; paths are exact', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  const invalid = what => `Invalid skycoin address: ${what}\n`;
  const rows = [
    ['a NUL byte behind the address', `/api/status?skyaddr=${SKY}%00`, 400, invalid('Invalid base58 character')],
    ['a NUL byte alone', '/api/status?skyaddr=%00', 400, invalid('Invalid base58 character')],
    ['no value', '/api/status?skyaddr', 400, 'Missing skyaddr\n'],
    ['an empty value', '/api/status?skyaddr=', 400, 'Missing skyaddr\n'],
    ['the first of two values', `/api/status?skyaddr=${SKY}&skyaddr=abc`, 200, '{}'],
    ['the first of two, and it is empty', `/api/status?skyaddr=&skyaddr=${SKY}`, 400, 'Missing skyaddr\n'],
    ['plus is a blank', `/api/status?skyaddr=+${SKY}+`, 200, '{}'],
    ['an escaped name', `/api/status?%73kyaddr=${SKY}`, 200, '{}'],
    ['names are exact', `/api/status?SkyAddr=${SKY}`, 400, 'Missing skyaddr\n'],
    ['half an escape', '/api/status?skyaddr=%2', 400, invalid('Invalid base58 character')],
    ['an escaped path', `/api/st%61tus?skyaddr=${SKY}`, 200, '{}'],
    ['a NUL byte behind the path', '/api/config%00', 404, '404 page not found\n'],
    ['two slashes', '//api/config', 404, '404 page not found\n'],
    ['the admin API is not here', '/api/deposits', 404, '404 page not found\n'],
    ['a long query', `/api/status?skyaddr=${SKY}&x=${'y'.repeat(4000)}`, 200, '{}'],
  ];
  for (const [why, path, status, text] of rows) {
    const r = await rawRequest(`${teller.public}${path}`);
    assert.deepEqual(answer(r), [status, text], why);
    assert.deepEqual(r.headers.get('x-frame-options'), ['DENY'], why);
  }
});

test('HEAD and OPTIONS and what is no method', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  const rows = [
    ['public', 'HEAD', '/api/config', 405, 'GET'],
    ['public', 'OPTIONS', '/api/health', 405, 'GET'],
    ['public', 'OPTIONS', '/api/bind', 405, 'POST'],
    ['public', 'TRACE', '/api/status', 405, 'GET'],
    ['public', 'HEAD', '/nothing', 404],
    ['admin', 'HEAD', '/api/deposits', 405, 'GET'],
    ['admin', 'OPTIONS', '/api/accounting', 405, 'GET'],
    ['dummy', 'HEAD', '/dummy/sender/broadcasts', 405],
  ];
  for (const [listener, method, path, status, allow] of rows) {
    const r = await rawRequest(`${teller[listener]}${path}`, {method});
    assert.deepEqual([r.status, r.headers.get('allow')?.join()], [status, allow], `${method} ${path}`);
  }
  const c = await RawConnection.open(teller.public);
  c.send('BREW /api/config HTTP/1.1\r\nHost: x\r\n\r\n');
  await until('an answer', () => c.statuses().length);
  assert.deepEqual(c.statuses(), [405]);
  c.close();
});

test('what is no HTTP is refused, and nobody else suffers', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  const rows = ['\u0001\u0002\r\n\r\n', 'GET\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', 'GET /api/config HTTP/1.1\r\n\r\n',
    `GET /${'x'.repeat(100000)} HTTP/1.1\r\nHost: x\r\n\r\n`, `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(100000)}\r\n\r\n`,
    'POST /api/bind HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n'];
  for (const bytes of rows) {
    const c = await RawConnection.open(teller.public);
    c.send(bytes);
    await until('it to be refused', () => c.closed || c.statuses().length);
    for (const status of c.statuses()) assert.ok(status >= 400, `${bytes.slice(0, 30)}: ${status}`);
    c.close();
  }
  const half = await RawConnection.open(teller.public);
  half.send('POST /api/bind HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"sky');
  await teller.isWell();
  half.close();
  await teller.isWell();
});

test('requests in one piece on one connection are answered in their order', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  const body = bindBody(SKY);
  const bind = `POST /api/bind HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const get = path => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
  const pipeline = bind + get('/api/health') + bind + get('/nothing') + bind + get('/api/config');
  const c = await RawConnection.open(teller.public);
  c.send(pipeline);
  await until('six answers', () => c.statuses().length === 6);
  assert.deepEqual(c.statuses(), [200, 200, 200, 404, 200, 200]);
  await teller.kill('exchangerd');
  c.send(pipeline);
  await until('six more', () => c.statuses().length === 12);
  assert.deepEqual(c.statuses().slice(6), [500, 200, 500, 404, 500, 200]);
  c.close();
});

test('rate limit: a burst, then 429 without newline; each path and client for itself', async suite => {
  const {teller} = await World.dummy(suite, {conf: {web: {throttle_max: 3, throttle_duration: '1h', cors_allowed: '["*"]'}}});
  await teller.startAll();
  const status = headers => rawRequest(`${teller.public}/api/status?skyaddr=abc`, {headers});
  const got = [];
  for (let i = 0; i < 4; i++) got.push(await status());
  assert.deepEqual(got.map(r => r.status), [400, 400, 400, 429]);
  assert.equal(got[3].body, 'You have reached maximum request limit.');
  assert.deepEqual(got[3].headers.get('content-type'), ['text/plain; charset=utf-8']);
  assert.ok(Number(got[3].headers.get('retry-after')) > 0);
  for (const r of got) {
    assert.deepEqual([r.headers.get('x-rate-limit-limit'), r.headers.get('x-rate-limit-duration')], [['3'], ['1h0m0s']]);
    assert.deepEqual([...r.headers.keys()].filter(n => n.startsWith('x-rate-limit-request')), []);
  }
  assert.equal((await status({'x-forwarded-for': '10.9.8.7'})).status, 429, 'not behind a proxy: the header is a claim');
  const preflight = {method: 'OPTIONS', headers: {origin: 'http://a.example', 'access-control-request-method': 'POST'}};
  for (let i = 0; i < 5; i++) {
    assert.equal((await rawRequest(`${teller.public}/api/bind`, preflight)).status, 200);
    assert.equal((await rawRequest(`${teller.public}/api/config`)).status, 200);
  }
  assert.equal((await post(teller, bindBody(SKY))).status, 200, 'bind has its own count');
  const bind = () => rawRequest(`${teller.public}/api/bind`, {method: 'POST'});
  const binds = [await bind(), await bind(), await bind()];
  assert.deepEqual(binds.map(r => r.status), [415, 415, 429]);
  assert.deepEqual(binds.map(r => r.headers.get('accept')), [['application/json'], ['application/json'], undefined]);
});

test('rate limit behind a proxy: the last entry of the last line', async suite => {
  const {teller} = await World.dummy(suite, {conf: {web: {throttle_max: 1, throttle_duration: '1h', behind_proxy: true}}});
  await teller.startAll();
  const status = async (...lines) => (await rawRequest(`${teller.public}/api/status?skyaddr=abc`,
    {headers: lines.flatMap(l => ['X-Forwarded-For', l])})).status;
  const rows = [
    ['a client', ['10.0.0.1'], 400],
    ['the same', ['10.0.0.1'], 429],
    ['the same, who claims to be another', ['9.9.9.9, 10.0.0.1'], 429],
    ['the same, claiming it in a line of its own', ['8.8.8.8', '10.0.0.1'], 429],
    ['another', ['10.0.0.1 ,\t10.0.0.2 '], 400],
    ['one of IPv6', ['2001:db8::1'], 400],
    ['its neighbour in the same /64', ['2001:db8::ffff'], 429],
    ['no address: the peer', ['unknown'], 400],
    ['nothing: the peer', [''], 429],
    ['no header: the peer', [], 429],
    ['an address and a port is no address', ['10.0.0.77:1234'], 429],
  ];
  for (const [why, lines, expected] of rows) assert.equal(await status(...lines), expected, why);
});

// As the original did: who writes ":443" means customers with IPv6 too, and so do certificate authorities.
test('a port without a host is every address of this machine, and one client is one by either', async suite => {
  const {teller} = await World.dummy(suite, {conf: {web: {throttle_max: 2, throttle_duration: '1h'}}});
  const port = new URL(teller.public).port;
  teller.configure({web: {http_addr: `:${port}`}});
  await teller.startAll();
  const here = Object.values(networkInterfaces()).flat().map(a => a.address).filter(a => ['127.0.0.1', '::1'].includes(a));
  assert.ok(here.includes('127.0.0.1'));
  for (const host of here.map(a => a.includes(':') ? `[${a}]` : a)) {
    const ask = async () => (await rawRequest(`http://${host}:${port}/api/status?skyaddr=abc`)).status;
    assert.deepEqual([await ask(), await ask(), await ask()], [400, 400, 429], host);
  }
});

const pssOf = d => Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${d.pid}/smaps_rollup`, 'utf8'))[1]);

test('idle connections cost little and hinder nobody', async suite => {
  const COUNT = 800, KB_EACH = 24;
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  const before = pssOf(teller.daemons.apid);
  const idle = await Promise.all(Array.from({length: COUNT}, () => RawConnection.open(teller.public)));
  for (const c of idle) c.send('GET /api/config HTTP/1.1\r\nHost: x\r\n\r\n');
  await until('all to be answered once', () => idle.every(c => c.statuses().length === 1));
  const cost = (pssOf(teller.daemons.apid) - before) / COUNT;
  assert.ok(cost < KB_EACH, `${cost} KiB for each connection`);
  assert.equal((await post(teller, bindBody(SKY))).status, 200);
  for (const c of idle) c.close();
});
