// btcd as the tests need it, in front of another node's chain: its manners of saying no, its TLS, its
// websocket.  Strict where a real one is strict; it shares no code with scannerd (frames are the npm
// package ws's), and btcd_fake.test.mjs holds it against what a real btcd was recorded to say.
//
//   version  '0.20': getblock wants a bool; '0.21': no batches; '0.22': batches
import http from 'node:http';
import https from 'node:https';
import {npm} from '../../nodes/npm.mjs';

const {WebSocketServer} = npm('ws');
const METHOD_NOT_FOUND = {code: -32601, message: 'Method not found'};
const unparsed = what => ({code: -32700, message: `Failed to parse request: ${what}`});
const badType = (n, name, wanted, got) => ({code: -32602, message: `parameter #${n} '${name}' must be type ${wanted} (got ${got})`});
const goType = v => ({boolean: 'bool', number: 'int', string: 'string'})[typeof v];

export class Btcd {
  // `chain`: {tip(): height, hashAt(height), raw(hash), header(hash)}, each a promise; hashAt and raw
  // answer undefined for what is not there.  `tls`: {cert, key}; `watchMs`: how often the chain is
  // looked at for news, 0: only when told().
  static async start({chain, tls, user = 'rpc', pass = 'regtest', version = '0.22', watchMs = 20}) {
    const b = new Btcd();
    const authorization = 'Basic ' + Buffer.from(`${user}:${pass}`).toString('base64');
    Object.assign(b, {chain, version, authorization, user, pass, posts: [], sockets: new Set(), opened: 0, branch: [],
      takesSockets: true, split: false, mute: false});
    b.server = (tls ? https : http).createServer(tls ?? {}, (req, res) => b.post(req, res));
    b.frames = new WebSocketServer({noServer: true, perMessageDeflate: false, autoPong: false});
    b.server.on('upgrade', (req, socket, head) => b.upgrade(req, socket, head));
    await new Promise(yes => b.server.listen(0, '127.0.0.1', yes));
    b.port = b.server.address().port;
    await b.told();
    if (watchMs) b.watch(watchMs);
    return b;
  }

  stop() {
    clearTimeout(this.timer);
    this.stopped = true;
    for (const s of this.sockets) s.terminate();
    this.frames.close();
    return new Promise(yes => {
      this.server.close(yes);
      this.server.closeAllConnections();
    });
  }

  // --- methods, the same over both transports -------------------------------------------------------

  async call({method, params = []}) {
    const m = {getblockcount: () => this.chain.tip(), getblockhash: h => this.hash(h), getblock: (...p) => this.block(...p),
      getblockheader: hash => this.chain.header(hash), getbestblockhash: async () => this.chain.hashAt(await this.chain.tip()),
      getblockchaininfo: async () => ({chain: 'regtest', blocks: await this.chain.tip()})}[method];
    if (!m) throw METHOD_NOT_FOUND;
    return m(...params);
  }
  async hash(height) {
    if (typeof height !== 'number') throw badType(1, 'index', 'int64', goType(height));
    const hash = await this.chain.hashAt(height);
    if (!hash) throw {code: -1, message: 'Block number out of range'};
    return hash;
  }
  async block(hash, form) {
    const wanted = this.version === '0.20' ? 'bool' : 'int';
    if (form !== undefined && goType(form) !== wanted)
      throw badType(2, this.version === '0.20' ? 'verbose' : 'verbosity', wanted, goType(form));
    const raw = await this.chain.raw(hash);
    if (!raw) throw {code: -5, message: 'Block not found'};
    if (form !== 0 && form !== false) throw {code: -1, message: 'this test asks for raw blocks'};
    return raw;
  }

  // One request as an object: the answer's text; null: a notification, which has none.
  async answer(request) {
    if (request === null || typeof request !== 'object') return this.failed(unparsed('no object'), null);
    const {id = null} = request;
    if (id === null) return null;
    try {
      return JSON.stringify({result: await this.call(request), error: null, id});
    } catch (e) {
      if (e instanceof Error) throw e;
      return this.failed(e, id);
    }
  }
  failed(error, id) { return JSON.stringify({result: null, error, id}); }

  // --- POST -----------------------------------------------------------------------------------------

  async post(req, res) {
    const parts = [];
    for await (const part of req) parts.push(part);
    if (req.headers.authorization !== this.authorization) return this.unauthorized(res);
    const text = Buffer.concat(parts).toString();
    this.posts.push(text);
    try {
      const answer = await this.answerTo(text);
      if (answer === null) return res.socket.destroy();
      res.writeHead(200, {'content-type': 'application/json', connection: 'close'}).end(answer + '\n');
    } catch {
      res.socket?.destroy();       // the chain behind is gone
    }
  }
  unauthorized(res) {
    res.writeHead(401, {'content-type': 'text/plain; charset=utf-8', 'www-authenticate': 'Basic realm="btcd RPC"'})
      .end('401 Unauthorized.\n');
  }
  async answerTo(text) {
    let request;
    try {
      request = JSON.parse(text);
    } catch {
      return this.failed(unparsed('unexpected end of JSON input'), null);
    }
    if (!Array.isArray(request)) return this.answer(request);
    if (this.version < '0.22')
      return this.failed(unparsed('json: cannot unmarshal array into Go value of type btcjson.Request'), null);
    return `[${(await Promise.all(request.map(r => this.answer(r)))).reverse().join(',')}]`;
  }
  asked(method) { return this.posts.filter(p => p.includes(`"${method}"`)).length; }

  // --- websocket ------------------------------------------------------------------------------------

  upgrade(req, socket, head) {
    const given = req.headers.authorization;
    if (req.url !== '/ws' || !this.takesSockets) return socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
    if (given !== undefined && given !== this.authorization)
      return socket.end('HTTP/1.1 401 Unauthorized\r\nWww-Authenticate: Basic realm="btcd RPC"\r\nContent-Length: 18\r\n\r\n401 Unauthorized.\n');
    this.frames.handleUpgrade(req, socket, head, s => this.open(s, given !== undefined));
  }

  open(s, authenticated) {
    Object.assign(s, {authenticated, notify: false, problems: []});
    this.sockets.add(s);
    this.opened++;
    let last = Promise.resolve();        // answered in order
    s.on('message', (data, binary) => { last = last.then(() => this.take(s, data.toString(), binary)).catch(() => s.terminate()); });
    s.on('close', () => this.sockets.delete(s));
    s.on('error', e => this.complaint = e.message);     // a client that breaks the protocol
    s.on('ping', data => { if (!this.mute) s.pong(data); });
  }

  async take(s, text, binary) {
    const request = JSON.parse(text);
    const {id, method, params} = request;
    if (binary) return s.terminate();
    if (!s.authenticated || method === 'authenticate') {
      const ok = !s.authenticated && method === 'authenticate' && params[0] === this.user && params[1] === this.pass;
      s.authenticated ||= ok;
      return ok ? this.say(s, JSON.stringify({result: null, error: null, id})) : s.terminate();
    }
    if (method === 'session') return this.say(s, `{"result":{"sessionid":${'15665593816517354683'}},"error":null,"id":${id}}`);
    if (method === 'notifyblocks') {
      s.notify = true;
      return this.say(s, JSON.stringify({result: null, error: null, id}));
    }
    const answer = await this.answer(request);
    if (answer !== null) this.say(s, answer);
  }

  // In one frame; or, when `split`, a byte or two at a time with a ping between.
  say(s, text) {
    if (this.mute) return;
    if (!this.split) return s.send(text);
    const bytes = Buffer.from(text);
    for (let at = 0, n = 1; at < bytes.length; at += n, n = Math.min(2 * n, 64)) {
      s.send(bytes.subarray(at, at + n), {binary: false, fin: at + n >= bytes.length});
      if (at === 1) s.ping('still there');
    }
  }
  cut() { for (const s of this.sockets) s.terminate(); }
  goodbye(code = 1001) { for (const s of this.sockets) s.close(code); }
  tell(method, params) {
    for (const s of this.sockets) if (s.notify) this.say(s, JSON.stringify({jsonrpc: '1.0', method, params, id: null}));
  }

  // --- news -------------------------------------------------------------------------------------------

  watch(ms) {
    this.timer = setTimeout(async () => {
      await this.told().catch(() => {});
      if (!this.stopped) this.watch(ms);
    }, ms);
  }

  // Compares the chain with what it was, and tells: disconnected ones first, newest first.
  async told() {
    const tip = await this.chain.tip();
    const known = this.branch;
    if (known.length === 0) return void known.push(...await this.newest(tip));
    const gone = [];
    while (known.length && (known.at(-1).height > tip || await this.chain.hashAt(known.at(-1).height) !== known.at(-1).hash))
      gone.push(known.pop());
    for (const b of gone) this.tellOf('disconnected', b);
    for (let height = (known.at(-1)?.height ?? -1) + 1; height <= tip; height++) {
      const hash = await this.chain.hashAt(height);
      known.push({height, hash, header: await this.chain.header(hash)});
      this.tellOf('connected', known.at(-1));
    }
  }
  async newest(tip) {
    const hash = await this.chain.hashAt(tip);
    return [{height: tip, hash, header: await this.chain.header(hash)}];
  }
  tellOf(what, {height, hash, header}) {
    const time = Buffer.from(header, 'hex').readUInt32LE(68);
    this.tell(`block${what}`, [hash, height, time]);
    this.tell(`filteredblock${what}`, what === 'connected' ? [height, header, null] : [height, header]);
  }
}

// The chain of a Bitcoin node of the tests.
export const chainOf = bitcoin => {
  const unless = (...codes) => e => { if (codes.some(c => e.message.includes(c))) return undefined; throw e; };
  const raw = hash => bitcoin.rpc('getblock', hash, 0).catch(unless('not found'));
  return {tip: () => bitcoin.height(), hashAt: h => bitcoin.rpc('getblockhash', h).catch(unless('out of range')), raw,
    header: async hash => (await raw(hash)).slice(0, 160)};
};
