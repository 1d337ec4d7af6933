// The real Bitcoin node as a process, the payer, and a proxy before it that can misbehave.
import http from 'node:http';
import {fileURLToPath} from 'node:url';
import {BitcoinPayer} from '../../nodes/bitcoin-pay.mjs';
import {Faults} from '../../sim/skycoin-node/faults.mjs';
import {freePorts} from './ports.mjs';
import {Process} from './process.mjs';

const MAIN = fileURLToPath(new URL('../../nodes/bitcoin-regtest.mjs', import.meta.url));
const BLOCKS = 104;   // the first few coins of the tests' key are mature

export class Bitcoin extends BitcoinPayer {
  static async start({dir, log, memory = true, blocks = BLOCKS}) {
    const [port] = await freePorts(1);
    const options = {dir, log, port, args: [MAIN, '--dir', dir, '--port', String(port), ...memory ? ['--memory'] : []]};
    const b = new Bitcoin({url: `http://127.0.0.1:${port}/`, pass: 'regtest'});
    Object.assign(b, {options, server: `127.0.0.1:${port}`});
    await b.run(['--mine', String(blocks)]);
    return b;
  }

  async run(more = []) {
    this.process = new Process('bitcoin node', process.execPath, [...this.options.args, ...more], {log: this.options.log});
    await this.process.ready(/^READY /m);
  }
}

const basic = text => `Basic ${Buffer.from(text).toString('base64')}`;

// Stands between scannerd and the node: forwards, misbehaves as its `faults` say, answers 503 to what
// the test refuses (by its body), and lets the test rewrite answers.
export class Proxy {
  static async start(target) {
    const p = new Proxy();
    Object.assign(p, {target, faults: new Faults(), rewrite: text => text, requests: 0});
    p.http = http.createServer((req, res) => p.serve(req, res));
    await new Promise(yes => p.http.listen(0, '127.0.0.1', yes));
    p.server = `127.0.0.1:${p.http.address().port}`;
    return p;
  }

  async forward(req) {
    const parts = [];
    for await (const part of req) parts.push(part);
    if (this.refuse?.(String(Buffer.concat(parts)))) return {status: 503, text: 'busy\n'};
    const r = await fetch(new URL(req.url, this.target), {method: req.method, body: Buffer.concat(parts),
      headers: {authorization: req.headers.authorization ?? '', 'content-type': 'application/json', connection: 'close'}});
    return {status: r.status, text: this.rewrite(await r.text())};
  }

  // With `cookie` it takes those credentials alone, as Bitcoin Core with its cookie file.
  refuses(req) {
    if (this.cookie && req.headers.authorization !== basic(this.cookie)) return true;
    if (this.cookie) req.headers.authorization = basic('rpc:regtest');    // what the node behind takes
    return false;
  }

  async serve(req, res) {
    this.requests++;
    if (this.refuses(req)) return res.writeHead(401).end();
    const fault = this.faults.take(req.url);
    if (fault?.mode === 'drop') return res.socket.destroy();
    if (fault?.mode === 'error') return res.writeHead(fault.status).end('internal error\n');
    if (fault?.mode === 'garbage') return res.writeHead(200, {'content-type': 'application/json'}).end('\u0000{"result":"zz');
    try {
      this.answer(res, fault, await this.forward(req));
    } catch {
      res.socket?.destroy();    // the node behind is gone
    }
  }

  answer(res, fault, {status, text}) {
    const bytes = Buffer.from(text);
    const send = () => {
      if (res.destroyed) return;
      res.writeHead(status, {'content-type': 'application/json', 'content-length': bytes.length});
      if (fault?.mode === 'half') res.write(bytes.subarray(0, bytes.length >> 1), () => res.socket?.destroy());
      else res.end(bytes);
    };
    if (fault?.mode === 'lose') res.socket.destroy();
    else if (fault?.mode === 'delay') setTimeout(send, fault.ms);
    else send();
  }

  stop() {
    return new Promise(yes => {
      this.http.close(yes);
      this.http.closeAllConnections();
    });
  }
}
