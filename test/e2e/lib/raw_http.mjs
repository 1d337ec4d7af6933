// HTTP with nothing hidden: header values apart and in the order of the wire, every connection its
// own, and bytes that no client library would send.
import http from 'node:http';
import net from 'node:net';
import {once} from 'node:events';

// name in lower case -> all its values, in order
function headerMap(raw) {
  const map = new Map();
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i].toLowerCase();
    map.set(name, [...map.get(name) ?? [], raw[i + 1]]);
  }
  return map;
}

// `headers` may be an object or a flat list [name, value, name, value], names repeated at will.
export function rawRequest(url, {method = 'GET', headers = {}, body, timeoutMs = 60000} = {}) {
  return new Promise((yes, no) => {
    const started = performance.now();
    const given = Array.isArray(headers) ? ['Host', new URL(url).host, ...headers] : {...headers};
    const options = {method, headers: given, agent: false, timeout: timeoutMs};
    const req = http.request(url, options, res => {
      const parts = [];
      res.on('error', no).on('data', p => parts.push(p)).on('end', () => {
        const bytes = Buffer.concat(parts);
        yes({status: res.statusCode, headers: headerMap(res.rawHeaders), bytes, body: bytes.toString(), ms: performance.now() - started});
      });
    });
    req.on('timeout', () => req.destroy(new Error(`no answer within ${timeoutMs} ms: ${method} ${url}`)));
    req.on('error', no).end(body);
  });
}

// A connection on which the test says what is sent, byte by byte; collects what comes back.
export class RawConnection {
  static async open(url) {
    const {hostname, port} = new URL(url);
    const c = new RawConnection();
    c.text = '';
    c.closed = false;
    c.socket = net.connect({host: hostname, port: Number(port)});
    c.socket.setEncoding('latin1').on('data', d => { c.text += d; }).on('error', () => {}).on('close', () => { c.closed = true; });
    await once(c.socket, 'connect');
    return c;
  }

  send(text) { this.socket.write(text, 'latin1'); }
  // Status codes of the answers that have come so far.
  statuses() { return [...this.text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(m => Number(m[1])); }
  close() { this.socket.destroy(); }
}
