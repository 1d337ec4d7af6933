// A port at which the node answers; it can be closed and opened again, and keeps its number.
import http from 'node:http';
import https from 'node:https';

// The body as text; null when the client went away, or sends more than any client of ours would.
const BODY_MAX = 1 << 20;
export async function readBody(req) {
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

export class Door {
  // `tls`: {key, cert}, or null.
  constructor(serve, tls = null) {
    Object.assign(this, {serve, tls, port: 0, server: null});
  }

  async open(port = this.port) {
    if (this.server) return;
    const options = {requireHostHeader: false, ...this.tls};
    this.server = (this.tls ? https : http).createServer(options, this.serve);
    await new Promise((yes, no) => { this.server.once('error', no).listen(port, '127.0.0.1', yes); });
    this.port = this.server.address().port;
  }

  async close() {
    const server = this.server;
    this.server = null;
    if (!server) return;
    await new Promise(yes => {
      server.close(yes);
      server.closeAllConnections();
    });
  }

  get url() { return `${this.tls ? 'https' : 'http'}://127.0.0.1:${this.port}`; }
}
