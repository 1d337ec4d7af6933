// The simulator against what a real 0.27.1 node answered: the recorded chain is built again, block
// by block, from the transactions in the recordings, and every recorded call is made in its place.
// Compared are the status, the interesting headers, and the body byte for byte once the few values
// that no other run could repeat (MASKED) are put aside.
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import {test} from 'node:test';
import {gunzipSync} from 'node:zlib';
import {parseAddress} from './address.mjs';
import {parseCoins} from './coins.mjs';
import {Network} from './network.mjs';
import {SkycoinNode} from './node.mjs';
import {decodeTransaction, encodeTransaction} from './transaction.mjs';
import {vectors} from './vectors.mjs';

const RECORDED_PORT = 6420;

// Values that belong to one run: random tokens, clocks, peers' ports and identities.
const MASKED = new Set(['csrf_token', 'time_since_last_block', 'uptime', 'started_at', 'received', 'checked',
  'address:peer', 'last_sent', 'last_received', 'connected_at', 'mirror', 'listen_port', 'id', 'user_agent:peer']);

// Calls that the simulator does not answer as recorded, and why.
const NOT_REPRODUCED = new Map([
  ['transactions_v2', 'the paged v2 list is not simulated: nothing of ours asks for it'],
]);

const recording = vectors('rest-modern');
const recorded = Object.fromEntries(recording.calls.map(c => [c.name, c]));
const bodyOf = name => JSON.parse(recorded[name].response.body);

// --- the recorded chain -----------------------------------------------------------------------

function transactionOf(txn) {
  return decodeTransaction(encodeTransaction({length: txn.length, type: txn.type, innerHash: txn.inner_hash,
    sigs: txn.sigs.map(s => Buffer.from(s, 'hex')), inputs: txn.inputs,
    outputs: txn.outputs.map(o => ({body: parseAddress(o.dst), coins: parseCoins(o.coins), hours: BigInt(o.hours)}))}));
}

const recordedBlocks = ['block_0', 'block_1', 'block_2'].map(bodyOf)
  .concat(bodyOf('blocks_range').blocks.slice(1), bodyOf('last_blocks_2').blocks);

// Blocks 7 and 8 were not asked for; their transactions were injected, their times and hashes are
// known from other answers.
const laterBlocks = [
  {call: 'inject_no_peer_no_broadcast', shown: 'transaction_after_peer_returned', previousOf: 'conflict_outputs_later'},
  {call: 'conflict_first', shown: 'transaction_conflict_winner', hashIn: 'conflict_outputs_later'},
];

function addRecordedBlock(node, seq) {
  const b = recordedBlocks[seq];
  const made = node.network.makeBlock(b.body.txns.map(transactionOf), BigInt(b.header.timestamp));
  assert.equal(made.hash, b.header.block_hash, `hash of block ${seq}`);
}

function addLaterBlock(node, {call, shown, previousOf, hashIn}) {
  const raw = JSON.parse(recorded[call].request.body).rawtx;
  const made = node.network.makeBlock([decodeTransaction(Buffer.from(raw, 'hex'))], BigInt(bodyOf(shown).time));
  if (previousOf) assert.equal(made.hash, bodyOf(previousOf).head.previous_block_hash);
  if (hashIn) assert.equal(made.hash, bodyOf(hashIn).head.block_hash);
}

// What happened at the recorded node between one call and the next, by the name of the later call.
const before = {
  transaction_unconfirmed: n => setReceived(n, 'transaction_unconfirmed'),
  transaction_confirmed_1: n => addRecordedBlock(n, 2),
  transaction_confirmed_4: n => [3, 4, 5].forEach(seq => addRecordedBlock(n, seq)),
  transaction_two_inputs: n => addRecordedBlock(n, 6),
  inject_expired_csrf: n => { n.staleToken = n.csrf.token(); n.network.clockOffsetMs += 31000; },
  inject_no_peer: n => n.setPeers(0),
  transaction_after_no_broadcast: n => setReceived(n, 'transaction_after_no_broadcast'),
  transaction_after_peer_returned: n => { n.setPeers(1); addLaterBlock(n, laterBlocks[0]); },
  transaction_conflict_winner: n => addLaterBlock(n, laterBlocks[1]),
  transaction_conflict_loser: n => setReceived(n, 'transaction_conflict_loser'),
  transaction_conflict_loser_later: n => n.chain.sweepPool(true),
};

function setReceived(node, name) {
  for (const p of node.chain.pool.values()) p.receivedMs = bodyOf(name).time * 1000;
}

async function startRecordedNode(options = {}) {
  const genesis = recordedBlocks[0].body.txns[0].outputs[0];
  const network = new Network({genesis: {address: genesis.dst,
    coins: parseCoins(genesis.coins), hours: BigInt(genesis.hours), time: BigInt(recordedBlocks[0].header.timestamp)}});
  const node = new SkycoinNode({network, hostPort: RECORDED_PORT, ...options});
  assert.equal(node.chain.head.hash, recordedBlocks[0].header.block_hash, 'hash of block 0');
  addRecordedBlock(node, 1);
  await node.start();
  return node;
}

// --- making a recorded call -------------------------------------------------------------------

function tamper(token) {
  const [text, mac] = token.split('.');
  return `${text}.${mac.startsWith('A') ? 'B' : 'A'}${mac.slice(1)}`;
}

// A recorded token was the other node's: ours takes its place, treated the same way.
function tokenFor(node, name, recordedToken) {
  if (name === 'inject_bad_csrf') return recordedToken;
  if (name === 'inject_tampered_csrf') return tamper(node.csrf.token());
  return name === 'inject_expired_csrf' ? node.staleToken : node.csrf.token();
}

function requestHeaders(node, call) {
  const headers = {...call.request.headers};
  if (headers['X-CSRF-Token']) headers['X-CSRF-Token'] = tokenFor(node, call.name, headers['X-CSRF-Token']);
  return headers;
}

function request(node, call) {
  const {method, path, body} = call.request;
  const options = {host: '127.0.0.1', port: node.port, method, path, headers: requestHeaders(node, call), agent: false};
  return new Promise((yes, no) => {
    http.request(options, res => {
      const parts = [];
      res.on('data', p => parts.push(p)).on('end', () => yes({status: res.statusCode, headers: res.headers, bytes: Buffer.concat(parts)}));
    }).on('error', no).end(body);
  });
}

// HTTP/1.0 without a Host header, which node's own client cannot say.
function bareRequest(node, path) {
  return new Promise((yes, no) => {
    let text = '';
    const socket = net.connect(node.port, '127.0.0.1', () => socket.write(`GET ${path} HTTP/1.0\r\n\r\n`));
    socket.on('error', no).on('data', d => { text += d; }).on('end', () => {
      const [head, body] = text.split('\r\n\r\n');
      const [first, ...lines] = head.split('\r\n');
      const headers = Object.fromEntries(lines.map(l => [l.split(': ')[0].toLowerCase(), l.split(': ')[1]]));
      yes({status: Number(first.split(' ')[1]), headers, bytes: Buffer.from(body)});
    });
  });
}

const make = (node, call) => Object.keys(call.request.headers).length ? request(node, call) : bareRequest(node, call.request.path);

// --- comparing --------------------------------------------------------------------------------

function mask(text) {
  const peer = text.includes('"peers"') || text.includes('"connections"');
  return text.replace(/"(\w+)": ("[^"]*"|\d+)/g, (all, key) =>
    MASKED.has(key) || (peer && MASKED.has(key + ':peer')) ? `"${key}": *` : all);
}

function recordedText(r) {
  return r.body_base64 === undefined ? r.body : gunzipSync(Buffer.from(r.body_base64, 'base64')).toString();
}

function compare(call, answer) {
  const bytes = answer.headers['content-encoding'] === 'gzip' ? gunzipSync(answer.bytes) : answer.bytes;
  assert.equal(answer.status, call.response.status);
  assert.equal(mask(bytes.toString()), mask(recordedText(call.response)));
  for (const [name, value] of Object.entries(call.response.headers)) {
    assert.equal(answer.headers[name], value, name);
  }
}

async function replay(suite, node, calls) {
  for (const call of calls) {
    before[call.name]?.(node);
    if (!NOT_REPRODUCED.has(call.name)) await suite.test(call.name, async () => compare(call, await make(node, call)));
  }
}

test('rest-modern.json: a payment\'s life, every rule, every refusal', async suite => {
  const node = await startRecordedNode();
  suite.after(() => node.stop());
  await replay(suite, node, recording.calls);
});

// The other recordings are of the same node, later, with another option set.
const LATER = {
  'rest-no-csrf-modern': {csrf: false, peers: 0},
  'rest-auth-modern': {auth: 'user:secret'},
};

function addAllBlocks(node) {
  recordedBlocks.slice(2).forEach((b, n) => addRecordedBlock(node, n + 2));
  laterBlocks.forEach(b => addLaterBlock(node, b));
}

for (const [name, {peers = 1, ...options}] of Object.entries(LATER)) {
  test(`${name}.json`, async suite => {
    const node = await startRecordedNode(options);
    suite.after(() => node.stop());
    addAllBlocks(node);
    node.setPeers(peers);
    await replay(suite, node, vectors(name).calls);
  });
}
