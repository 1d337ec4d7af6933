// Replaying what a real node answered: every recorded call is made again, in its place, and status,
// interesting headers and body are compared, byte for byte once the few values that no other run
// could repeat are put aside.
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import {gunzipSync} from 'node:zlib';
import {parseAddress} from './address.mjs';
import {parseCoins} from './coins.mjs';
import {Network} from './network.mjs';
import {SkycoinNode} from './node.mjs';
import {decodeTransaction, encodeTransaction} from './transaction.mjs';

// --- the recorded chain -----------------------------------------------------------------------

function transactionOf(txn) {
  return decodeTransaction(encodeTransaction({length: txn.length, type: txn.type, innerHash: txn.inner_hash,
    sigs: txn.sigs.map(s => Buffer.from(s, 'hex')), inputs: txn.inputs,
    outputs: txn.outputs.map(o => ({body: parseAddress(o.dst), coins: parseCoins(o.coins), hours: BigInt(o.hours)}))}));
}

// Makes a block as the node showed it.
export function addRecordedBlock(node, b) {
  const made = node.network.makeBlock(b.body.txns.map(transactionOf), BigInt(b.header.timestamp));
  assert.equal(made.hash, b.header.block_hash, `hash of block ${b.header.seq}`);
}

// A node whose chain begins with the recorded blocks.
export async function startRecordedNode(blocks, options = {}) {
  const genesis = blocks[0].body.txns[0].outputs[0];
  const network = new Network({genesis: {address: genesis.dst,
    coins: parseCoins(genesis.coins), hours: BigInt(genesis.hours), time: BigInt(blocks[0].header.timestamp)}});
  const node = new SkycoinNode({network, hostPort: 6420, rpcHostPort: 6430, ...options});
  assert.equal(node.chain.head.hash, blocks[0].header.block_hash, 'hash of block 0');
  blocks.slice(1).forEach(b => addRecordedBlock(node, b));
  await node.start();
  return node;
}

// --- making a recorded call -------------------------------------------------------------------

function request(port, {method, path, headers, body}) {
  const options = {host: '127.0.0.1', port, method, path, headers, agent: false};
  return new Promise((yes, no) => {
    http.request(options, res => {
      const parts = [];
      res.on('data', p => parts.push(p)).on('end', () => yes({status: res.statusCode, headers: res.headers, bytes: Buffer.concat(parts)}));
    }).on('error', no).end(body);
  });
}

// HTTP/1.0 without a Host header, which node's own client cannot say.
function bareRequest(port, {path}) {
  return new Promise((yes, no) => {
    let text = '';
    const socket = net.connect(port, '127.0.0.1', () => socket.write(`GET ${path} HTTP/1.0\r\n\r\n`));
    socket.on('error', no).on('data', d => { text += d; }).on('end', () => {
      const [head, body] = text.split('\r\n\r\n');
      const [first, ...lines] = head.split('\r\n');
      const headers = Object.fromEntries(lines.map(l => [l.split(': ')[0].toLowerCase(), l.split(': ')[1]]));
      yes({status: Number(first.split(' ')[1]), headers, bytes: Buffer.from(body)});
    });
  });
}

const make = (port, r) => Object.keys(r.headers).length ? request(port, r) : bareRequest(port, r);

// --- comparing --------------------------------------------------------------------------------

// `masked`: names of members whose values are put aside; "name:peer" only in answers about peers.
function mask(text, masked) {
  const peer = text.includes('"peers"') || text.includes('"connections"');
  return text.replace(/"(\w+)": ("[^"]*"|\d+)/g, (all, key) =>
    masked.has(key) || (peer && masked.has(key + ':peer')) ? `"${key}": *` : all);
}

function recordedText(r) {
  return r.body_base64 === undefined ? r.body : gunzipSync(Buffer.from(r.body_base64, 'base64')).toString();
}

function compare(call, answer, masked) {
  const bytes = answer.headers['content-encoding'] === 'gzip' ? gunzipSync(answer.bytes) : answer.bytes;
  assert.equal(answer.status, call.response.status);
  assert.equal(mask(bytes.toString(), masked), mask(recordedText(call.response), masked));
  for (const [name, value] of Object.entries(call.response.headers)) assert.equal(answer.headers[name], value, name);
}

// `before`: call's name -> what happened at the recorded node since the call before; `tokens(call)`:
// the token in place of the recorded one, which was the other node's.
export class Replay {
  replayed = 0;
  constructor({suite, node, masked, before = {}, notReproduced = new Map(), tokens = () => node.csrf.token()}) {
    Object.assign(this, {suite, node, masked, before, notReproduced, tokens});
  }

  async call(call, door) {
    this.before[call.name]?.(this.node);
    if (this.notReproduced.has(call.name)) return;
    const {headers} = call.request;
    const {port} = this.node.doors[door];
    const token = 'X-CSRF-Token';
    const ours = headers[token] ? {...headers, [token]: this.tokens(call)} : headers;
    await this.suite.test(call.name, async () => compare(call, await make(port, {...call.request, headers: ours}), this.masked));
    this.replayed++;
  }

  // At the door "rest" or "rpc".
  async calls(calls, door = 'rest') { for (const c of calls) await this.call(c, door); }

  // Every exchange has been made again but those that are said not to be.
  assertCount(recorded) { assert.equal(this.replayed, recorded - this.notReproduced.size); }
}
