// A modern Skycoin node (0.27 REST) for tests: strict where a real one is strict, worded as it is.
// It shares no code with what it judges.
//
// Two listeners: the node's own port, which can be closed and opened again, and a control port that
// stays; /_sim/ answers on both.
import http from 'node:http';
import {gzipSync} from 'node:zlib';
import {control} from './control.mjs';
import {endpoints} from './endpoints.mjs';
import {Faults} from './faults.mjs';
import {Csrf, Refusal, checkRequest, refusalAnswer} from './gate.mjs';
import {goJson} from './gojson.mjs';
import {Ledger} from './ledger.mjs';
import {Network} from './network.mjs';
import {MODERN} from './rules.mjs';

const BODY_MAX = 1 << 20;
const INJECT = '/api/v1/injectTransaction';

// The body as text; null when the client went away, or sends more than any client of ours would.
async function readBody(req) {
  const parts = [];
  let size = 0;
  try {
    for await (const part of req) {
      size += part.length;
      if (size > BODY_MAX) return req.destroy() && null;
      parts.push(part);
    }
  } catch {
    return null;
  }
  return Buffer.concat(parts).toString();
}

// Query and form body together, first value of a name.
function readArgs(url, req, text) {
  const args = {};
  const form = (req.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded') ? text : '';
  for (const params of [url.searchParams, new URLSearchParams(form)])
    for (const [k, v] of params) args[k] ??= v;
  return args;
}

const listening = (server, port) => new Promise((yes, no) => {
  server.once('error', no).listen(port, '127.0.0.1', () => yes(server.address().port));
});
const closed = server => new Promise(yes => {
  server.close(yes);
  server.closeAllConnections();
});

export class SkycoinNode {
  constructor({network = new Network(), policy = {}, auth = null, csrf = true, hostPort = 0, peers = 1} = {}) {
    this.network = this.home = network;
    this.now = network.now;
    this.startedMs = this.now();
    this.csrf = new Csrf(this.now);
    this.faults = new Faults();
    this.ledger = new Ledger();
    this.policy = {...MODERN, ...policy};
    Object.assign(this, {auth, csrfEnabled: csrf, hostPort, peers, lag: 0, coin: 'skycoin', version: '0.27.1', server: null});
    this.follow(network);
  }

  // --- its place in the network ------------------------------------------------------------------

  follow(network) {
    this.network.leave(this);
    this.network = network;
    this.chain = network.newChain(this.policy);
    network.join(this);
  }
  setChain(other) { this.follow(other ? this.home.other() : this.home); }
  setPeers(count) {
    this.peers = count;
    if (count) this.network.sync(this);
  }
  setLag(blocks, forget) {
    this.lag = blocks;
    this.network.sync(this);
    const unseen = this.network.chain.blocks.slice(this.chain.blocks.length).flatMap(b => b.transactions);
    if (forget) for (const t of unseen) this.chain.pool.delete(t.txid);
  }
  // The newest block that its peers tell of.
  highest() { return this.peers ? this.network.chain.head.seq : this.chain.head.seq; }

  // --- life -------------------------------------------------------------------------------------

  async start(port = 0) {
    this.port = port;
    this.controlServer = http.createServer((req, res) => this.serve(req, res));
    this.controlPort = await listening(this.controlServer, 0);
    await this.open();
  }

  async open() {
    if (this.server) return;
    this.server = http.createServer({requireHostHeader: false}, (req, res) => this.serve(req, res));
    this.port = await listening(this.server, this.port);
    this.hostPort ||= this.port;
  }

  async close() {
    const server = this.server;
    this.server = null;
    if (server) await closed(server);
  }

  async stop() {
    this.home.autoBlock(0);
    await this.close();
    await closed(this.controlServer);
  }

  // --- requests ---------------------------------------------------------------------------------

  async serve(req, res) {
    const url = new URL(req.url, 'http://node');
    if (url.pathname.startsWith('/_sim/')) return this.serveControl(url, req, res);
    const text = await readBody(req);
    if (text === null) return;
    this.ledger.count(url.pathname);
    const attempt = url.pathname === INJECT ? this.ledger.begin(text, this.now()) : {};
    const fault = this.faults.take(url.pathname);
    if (fault) attempt.fault = fault.mode;
    return fault ? this.serveFaulty(fault, {url, req, res, text, attempt}) : this.send(res, req, this.answer(url, req, text, attempt));
  }

  async serveControl(url, req, res) {
    const {status, value} = await control(this, url.pathname.slice('/_sim/'.length), req.method, await readBody(req));
    if (res.socket && !res.socket.destroyed) this.send(res, req, {status, type: 'application/json', body: goJson(value)});
  }

  serveFaulty(fault, {url, req, res, text, attempt}) {
    const carryOut = () => this.answer(url, req, text, attempt);
    const refuse = () => this.send(res, req, refusalAnswer(url.pathname, new Refusal(fault.status)));
    switch (fault.mode) {
      case 'drop': return res.socket.destroy();
      case 'error': return refuse();
      case 'deny': carryOut(); return refuse();
      case 'garbage': return this.send(res, req, {status: 200, type: 'application/json', body: '\u0000{]"\ufffd<html>'});
      case 'half': return this.sendHalf(res, carryOut());
      case 'lose': carryOut(); return res.socket.destroy();
      case 'delay': return setTimeout(() => this.send(res, req, carryOut()), fault.ms);
    }
  }

  answer(url, req, text, attempt) {
    try {
      checkRequest(this, req, url.pathname);
      const body = goJson(this.dispatch(url, req, text, attempt));
      return {status: 200, type: 'application/json', body, headers: this.originHeader(req)};
    } catch (e) {
      if (!(e instanceof Refusal)) throw e;
      if (attempt.verdict) Object.assign(attempt, {verdict: e.status === 503 ? 'no_peer' : 'refused', status: e.status, message: e.message});
      return refusalAnswer(url.pathname, e);
    }
  }

  originHeader(req) {
    return req.headers.origin ? {'Access-Control-Allow-Origin': req.headers.origin} : {};
  }

  dispatch(url, req, text, attempt) {
    const [methods, endpoint] = endpoints.get(url.pathname) ?? [];
    if (!endpoint) throw new Refusal(404);
    if (!methods.includes(req.method)) throw new Refusal(405);
    const known = new Set(this.chain.pool.keys());
    const value = endpoint(this, {args: readArgs(url, req, text), text, attempt});
    if (attempt.verdict) Object.assign(attempt, {verdict: known.has(value) ? 'pending' : 'accepted', status: 200});
    return value;
  }

  send(res, req, {status, type, body, headers = {}}) {
    if (res.destroyed) return;
    const gzip = /\bgzip\b/.test(req.headers['accept-encoding'] ?? '');
    const bytes = gzip ? gzipSync(body) : Buffer.from(body);
    res.writeHead(status, {'Content-Type': type, 'Content-Length': bytes.length, ...headers, ...gzip && {'Content-Encoding': 'gzip'}});
    res.end(bytes);
  }

  sendHalf(res, {status, type, body}) {
    const bytes = Buffer.from(body);
    res.writeHead(status, {'Content-Type': type, 'Content-Length': bytes.length});
    res.write(bytes.subarray(0, bytes.length >> 1), () => res.socket?.destroy());
  }
}
