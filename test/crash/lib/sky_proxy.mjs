// Stands between senderd and the Skycoin node.  It forwards everything, and what the node has
// answered to an injection is handed to `onInjected` instead of being sent, so that a test decides
// whether, how and when it arrives.
import http from 'node:http';

// The bytes that a request hands in, over REST of any generation or over JSON-RPC; undefined: none.
function injectedBy(url, body) {
  if (/\/injectTransaction$/.test(url)) return JSON.parse(body).rawtx;
  const {method, params} = /webrpc$/.test(url) ? JSON.parse(body) : {};
  return method === 'inject_transaction' ? params[0] : undefined;
}

// An answer as it goes over the wire, and the connection that waits for it.
class Held {
  constructor(socket, {status, type, body}, rawtx) {
    const head = `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
    Object.assign(this, {socket, rawtx, accepted: status === 200 && !/"error"/.test(body), wire: Buffer.concat([Buffer.from(head), body])});
  }
  // The connection ends with it: node's server does not know that it was answered.
  deliver(times = 1) { this.socket.end(Buffer.concat(Array(times).fill(this.wire))); }
  cut() { this.socket.destroy(); }
  deliverHalf() { this.socket.write(this.wire.subarray(0, this.wire.length >> 1), () => this.cut()); }
}

export class SkyProxy {
  // `onInjected`: what happens with an answer to an injection, Held; delivered when not given.
  static async start(target) {
    const p = Object.assign(new SkyProxy(), {target, injected: [], onInjected: held => held.deliver()});
    p.http = http.createServer((req, res) => p.serve(req, res).catch(e => { p.failed ??= e; res.socket?.destroy(); }));
    await new Promise(yes => p.http.listen(0, '127.0.0.1', yes));
    p.address = `127.0.0.1:${p.http.address().port}`;
    return p;
  }

  async forward(req, body) {
    const {host, connection, 'content-length': length, 'accept-encoding': encoding, ...headers} = req.headers;
    const r = await fetch(`http://${this.target}${req.url}`, {method: req.method, headers: {...headers, 'accept-encoding': 'identity'},
      body: body.length ? body : undefined});
    return {status: r.status, type: r.headers.get('content-type') ?? '', body: Buffer.from(await r.arrayBuffer())};
  }

  async serve(req, res) {
    const parts = [];
    for await (const part of req) parts.push(part);
    const body = Buffer.concat(parts);
    const rawtx = injectedBy(req.url, body);
    if (rawtx) this.injected.push(rawtx);
    const answer = await this.forward(req, body);
    const held = new Held(res.socket, answer, rawtx);
    if (rawtx) await this.onInjected(held);
    else res.writeHead(answer.status, {'content-type': answer.type, 'content-length': answer.body.length}).end(answer.body);
  }

  stop() {
    return new Promise(yes => {
      this.http.close(yes);
      this.http.closeAllConnections();
    });
  }
}
