// A Skycoin node for tests: strict where a real one is strict, worded as it is; of any generation,
// which may change while it runs, as when an operator upgrades it.  It shares no code with what it
// judges.
//
// Its doors, REST and in the old generation JSON-RPC, can be closed and opened again; a control port
// stays.  /_sim/ answers at all of them.
import {gzipSync} from 'node:zlib';
import {control} from './control.mjs';
import {Door, readBody} from './door.mjs';
import {Faults} from './faults.mjs';
import {Refusal, checkHost, ownHosts, refusalAnswer} from './gate.mjs';
import {generationOf} from './generations.mjs';
import {goJson} from './gojson.mjs';
import {Ledger} from './ledger.mjs';
import {Network} from './network.mjs';
import {internalError, parseRpc, rpcAnswer} from './webrpc.mjs';

// Query and form body together, first value of a name.
function readArgs(url, req, text) {
  const args = {};
  const form = (req.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded') ? text : '';
  for (const params of [url.searchParams, new URLSearchParams(form)])
    for (const [k, v] of params) args[k] ??= v;
  return args;
}

function rawtxOf(text) {
  try {
    return String(JSON.parse(text).rawtx ?? '');
  } catch {
    return '';
  }
}

const asJson = (value, headers) => ({status: 200, type: 'application/json', body: goJson(value), headers});
const originHeader = req => req.headers.origin ? {'Access-Control-Allow-Origin': req.headers.origin} : {};

export class SkycoinNode {
  // `policy`: what differs from the generation's; `disabled`: sets of endpoints switched off; `rest`
  // false: only the JSON-RPC answers; `hostPort`, `rpcHostPort`: what a Host header has to name,
  // when it is not the port itself.
  constructor({network = new Network(), generation = 'modern', policy = {}, auth = null, csrf = true, hostPort = 0,
    rpcHostPort = 0, peers = 1, tls = null, disabled = [], rest = true} = {}) {
    this.network = this.home = network;
    this.now = network.now;
    this.startedMs = this.now();
    this.faults = new Faults();
    this.ledger = new Ledger();
    Object.assign(this, {auth, csrfEnabled: csrf, ownPolicy: policy, hostPort, rpcHostPort, peers, disabled, lag: 0, coin: 'skycoin', rest});
    this.be(generation);
    this.follow(network);
    const serve = door => (req, res) => this.serve(door, req, res);
    this.doors = {rest: new Door(serve('rest'), tls), rpc: new Door(serve('rpc'), tls), control: new Door(serve('control'))};
  }

  be(generation) {
    this.generation = generationOf(generation);
    this.version = this.generation.version;
    this.policy = {...this.generation.policy, ...this.ownPolicy};
    this.csrf = new this.generation.Csrf(this.now);
    if (this.chain) this.chain.policy = this.policy;
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

  get port() { return this.doors.rest.port; }
  get rpcPort() { return this.doors.rpc.port; }
  get controlPort() { return this.doors.control.port; }

  // The doors of its generation, or only one of them.
  async open(name) {
    const {rest, rpc} = this.doors;
    if (this.rest && name !== 'rpc') await rest.open();
    if (this.generation.rpcDoor && name !== 'rest') await rpc.open();
  }
  async close(name) {
    const {rest, rpc} = this.doors;
    if (name !== 'rpc') await rest.close();
    if (name !== 'rest') await rpc.close();
  }

  async start(port = 0, rpcPort = 0) {
    this.doors.rest.port = port;
    this.doors.rpc.port = rpcPort;
    await this.doors.control.open();
    await this.open();
  }

  // Stopped, replaced by another version, started.
  async upgrade(generation) {
    await this.close();
    this.be(generation);
    await this.open();
  }

  async stop() {
    this.home.autoBlock(0);
    await this.close();
    await this.doors.control.close();
  }

  // --- requests ---------------------------------------------------------------------------------

  async serve(door, req, res) {
    const url = new URL(req.url, 'http://node');
    if (url.pathname.startsWith('/_sim/')) return this.serveControl(url, req, res);
    const text = await readBody(req);
    if (text === null) return;
    const call = this.read(door, url, req, text);
    this.ledger.count(call.name);
    call.attempt = call.injects === null ? {} : this.ledger.begin(call.injects, this.now());
    const fault = this.faults.take(call.name, call.injects !== null);
    if (!fault) return this.send(call, res, this.answer(call));
    call.attempt.fault = fault.mode;
    this.serveFaulty(fault, call, res);
  }

  async serveControl(url, req, res) {
    const {status, value} = await control(this, url.pathname.slice('/_sim/'.length), req.method, await readBody(req));
    if (res.socket && !res.socket.destroyed) this.send({req}, res, {status, type: 'application/json', body: goJson(value)});
  }

  // What is asked for: `name` for faults and the ledger, `injects` the bytes that are handed in, or null.
  read(door, url, req, text) {
    const path = url.pathname;
    if (path === this.generation.rpcPath && (door === 'rpc' || !this.generation.rpcDoor)) {
      const rpc = parseRpc(text);
      const injects = rpc?.method === 'inject_transaction' ? String(rpc.params?.[0] ?? '') : null;
      return {door, url, path, req, text, rpc, isRpc: true, name: `${path}#${rpc?.method ?? ''}`, injects};
    }
    return {door, url, path, req, text, isRpc: false, name: path, injects: path === this.generation.injectPath ? rawtxOf(text) : null};
  }

  serveFaulty(fault, call, res) {
    const refuse = () => this.send(call, res, call.isRpc ? asJson(internalError()) : refusalAnswer(call.path, new Refusal(fault.status, fault.text)));
    switch (fault.mode) {
      case 'drop': return res.socket.destroy();
      case 'error': return refuse();
      case 'deny': this.answer(call); return refuse();
      case 'garbage': return this.send(call, res, {status: 200, type: 'application/json', body: '\u0000{]"\ufffd<html>'});
      case 'half': return this.sendHalf(res, this.answer(call));
      case 'lose': this.answer(call); return res.socket.destroy();
      case 'lie': {
        const told = this.answer(call);
        return this.send(call, res, {...told, body: told.body.replace(fault.from, fault.to)});
      }
      case 'delay': return setTimeout(() => this.send(call, res, this.answer(call)), fault.ms);
    }
  }

  answer(call) {
    try {
      this.check(call);
      const value = call.isRpc ? this.carryOutRpc(call) : this.dispatch(call);
      call.attempt.status = 200;
      return asJson(value, originHeader(call.req));
    } catch (e) {
      if (!(e instanceof Refusal)) throw e;
      this.note(call, [401, 403].includes(e.status) ? 'forbidden' : 'refused', e.message);
      call.attempt.status = e.status;
      return refusalAnswer(call.path, e);
    }
  }

  // What became of an injection that did not get as far as being judged.
  note({attempt}, verdict, message) {
    if (attempt.verdict === 'untouched') Object.assign(attempt, {verdict, message});
  }

  check({door, req, path}) {
    if (door === 'rpc') checkHost(req, ownHosts(this.rpcHostPort || this.rpcPort));
    else this.generation.check(this, req, path, ownHosts(this.hostPort || this.port));
  }

  carryOutRpc(call) {
    const answer = rpcAnswer(this, call.req.method, call.rpc, call.attempt);
    if (answer.error) this.note(call, 'refused', answer.error.message);
    return answer;
  }

  dispatch({door, url, path, req, text, attempt}) {
    const [methods, endpoint, set] = (door === 'rest' && this.generation.endpoints.get(path)) || [];
    if (!endpoint) throw new Refusal(404);
    if (!methods.includes(req.method)) throw new Refusal(405);
    if (this.disabled.includes(set)) throw new Refusal(403, 'Endpoint is disabled');
    return endpoint(this, {args: readArgs(url, req, text), text, attempt});
  }

  send({req}, res, {status, type, body, headers = {}}) {
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
