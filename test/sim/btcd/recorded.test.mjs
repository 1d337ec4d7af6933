// The pretended btcd against what a real one (0.21.0) was recorded to say: over POST and over its
// websocket, byte for byte.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {npm} from '../../nodes/npm.mjs';
import {until} from '../../e2e/lib/wait.mjs';
import {Btcd} from './btcd.mjs';

const WebSocket = npm('ws');
const DATA = new URL('../../vectors/data/bitcoin/', import.meta.url);
const file = name => readFileSync(new URL(name, DATA), 'utf8');
const json = name => JSON.parse(file(name));
const {exchanges, hashes, tip_height: TIP} = json('btcd/index.json');
const GENESIS = '0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206';

// The recorded chain; what the recorded notifications say of later blocks is added by the test.
function recordedChain() {
  const at = new Map([[0, GENESIS], ...Object.entries(hashes).map(([h, hash]) => [Number(h), hash])]);
  const headers = new Map();
  const raw = hash => {
    const height = [...at].find(([, x]) => x === hash)?.[0];
    return height >= 441 ? readFileSync(new URL(`regtest-blocks/regtest-${height}.bin`, DATA)).toString('hex') : undefined;
  };
  const chain = {height: TIP, at, headers, tip: async () => chain.height,
    hashAt: async h => h <= chain.height ? at.get(h) : undefined,
    raw: async hash => raw(hash), header: async hash => headers.get(hash) ?? raw(hash)?.slice(0, 160)};
  return chain;
}

const authorization = 'Basic cnBjOnJlZ3Rlc3Q=';

const start = async suite => {
  const chain = recordedChain();
  const btcd = await Btcd.start({chain, version: '0.21', watchMs: 0});
  suite.after(() => btcd.stop());
  return {btcd, chain};
};

// Those whose methods this btcd has; decoded blocks, which nobody asks for here, are not among them.
const PLAYED = /^(02|03|10|11|15|18|21|24|27|30|33|36|40|43|52|55|57|59|64|65|66|67|69|70|71|72|73|75|76)-/;

// One exchange has "(as usual)" where the others have the password.
const sent = ({sent_headers: h}) => ({...h, ...h.authorization?.startsWith('(') && {authorization}});

test('POST as recorded', async suite => {
  const {btcd} = await start(suite);
  let played = 0;
  for (const x of exchanges.filter(e => PLAYED.test(e.name))) {
    const r = await fetch(`http://127.0.0.1:${btcd.port}/`, {method: 'POST', headers: sent(x), body: file(`btcd/${x.request}`)})
      .then(async a => ({status: a.status, text: await a.text()}), () => ({status: 0, text: ''}));
    assert.deepEqual(r, {status: x.http_status, text: file(`btcd/${x.response}`)}, x.name);
    played++;
  }
  assert.equal(played, 29);
});

// What comes is kept in `heard`, for several may come at once: texts, and the code of the end.
function open(btcd, headers) {
  const s = new WebSocket(`ws://127.0.0.1:${btcd.port}/ws`, {headers});
  s.heard = [];
  s.on('message', m => s.heard.push(m.toString())).on('close', code => s.heard.push(code));
  return s;
}
const next = async s => {
  await until('a frame or the end', () => s.heard.length > 0);
  return s.heard.shift();
};

// The notifications of the recording, told by a chain that does what they say.
function play(chain, {method, params}) {
  const [hash, height] = params;
  if (method === 'blockdisconnected') chain.height = height - 1;
  if (method === 'blockconnected') { chain.at.set(height, hash); chain.height = height; }
}

test('the websocket as recorded', async suite => {
  const {btcd, chain} = await start(suite);
  const {frames} = json('btcd/websocket.json');
  const told = frames.map(f => JSON.parse(f.text)).filter(m => m.id === null);
  for (const {method, params: [height, header]} of told)      // headers first: both kinds are told at once
    if (method === 'filteredblockconnected')
      chain.headers.set(told.find(m => m.method === 'blockconnected' && m.params[1] === height && !chain.headers.has(m.params[0])).params[0], header);
  const s = open(btcd, {authorization});
  await once(s, 'open');
  for (const f of frames) {
    const m = JSON.parse(f.text);
    if (f.direction === 'sent') { s.send(f.text); continue; }
    if (m.id === null && !m.method.startsWith('filtered')) {
      play(chain, m);
      await btcd.told();
    }
    assert.equal(await next(s), f.text);
  }
  s.close();
});

test('authenticating as recorded', async suite => {
  const {btcd, chain} = await start(suite);
  const recorded = json('btcd/websocket-auth.json');
  chain.height = 450;
  for (const kind of ['authenticate', 'authenticate_wrong_password', 'command_before_authenticate']) {
    const s = open(btcd, {});
    await once(s, 'open');
    for (const f of recorded[kind]) {
      if (f.direction === 'sent') s.send(f.text);
      else if (f.direction === 'received') assert.equal(await next(s), f.text);
      else assert.equal(await next(s), 1006, kind);      // no goodbye
    }
    s.terminate();
  }
  const refused = open(btcd, {authorization: 'Basic d3Jvbmc6d3Jvbmc='});
  const [, answer] = await once(refused, 'unexpected-response');
  assert.equal(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`, recorded.wrong_password_in_header[0]);
  refused.on('error', () => {}).terminate();
});

test('frames that are not masked are refused', async suite => {
  const {btcd} = await start(suite);
  const s = open(btcd, {authorization});
  await once(s, 'open');
  s._socket.write(Buffer.from([0x81, 2, 0x7b, 0x7d]));
  assert.equal(await next(s), 1002);
});
