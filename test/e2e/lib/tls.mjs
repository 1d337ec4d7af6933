// Certificates that nobody but the test trusts, and TLS in front of a node that speaks none.
import {execFileSync} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import http from 'node:http';
import https from 'node:https';

// {key, cert}: files of a self-signed certificate for 127.0.0.1.
export function selfSigned(teller, name) {
  const [key, cert] = [teller.file(`${name}.key`), teller.file(`${name}.pem`)];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert], {stdio: 'ignore'});
  return {key, cert};
}

// "127.0.0.1:PORT", where the node at `url` is served over https.
export async function tlsFront(suite, url, {key, cert}) {
  const node = new URL(url);
  const server = https.createServer({key: readFileSync(key), cert: readFileSync(cert)}, (q, r) => {
    const on = http.request({host: node.hostname, port: node.port, method: q.method, path: q.url, headers: {...q.headers, host: node.host}},
      answer => answer.pipe(r.writeHead(answer.statusCode, answer.headers)));
    q.pipe(on.on('error', () => r.destroy()));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  suite.after(() => { server.close(); server.closeAllConnections(); });
  return `127.0.0.1:${server.address().port}`;
}
