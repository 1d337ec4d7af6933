// Certificates that a test makes itself, with the openssl program.
import {execFileSync, spawnSync} from 'node:child_process';
import {chmodSync, readFileSync, renameSync} from 'node:fs';
import http from 'node:http';
import https from 'node:https';

const KINDS = {ec: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'], rsa: ['rsa:2048']};

// Self-signed, for `names`; clients trust it by its own text.
export function makeCertificate({cert, key}, {names = ['localhost'], kind = 'ec', days = 90} = {}) {
  execFileSync('openssl', ['req', '-x509', '-newkey', ...KINDS[kind], '-nodes', '-keyout', key, '-out', cert, '-days', String(days),
    '-subj', `/CN=${names[0]}`, '-addext', `subjectAltName=${names.map(n => `DNS:${n}`).join(',')},IP:127.0.0.1`], {stdio: 'pipe'});
  chmodSync(key, 0o600);
  return readFileSync(cert, 'utf8');
}

// As a careful tool replaces a file: whole, under another name, then in its place.
export const replaceFile = (from, to) => renameSync(from, to);

// What a handshake of the openssl program came to: {ok, text}.
export function sClient(port, args) {
  const r = spawnSync('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...args], {input: '', encoding: 'utf8', timeout: 60000});
  return {ok: r.status === 0 && !/Cipher is \(NONE\)/.test(r.stdout), text: r.stdout + r.stderr};
}

// One request; {status, headers, text, cert} with the serial number of the certificate that was shown.
export function httpsRequest(url, {ca, method = 'GET', headers = {}, body, agent = false, timeoutMs = 60000, servername = 'localhost', anyCertificate = false} = {}) {
  return new Promise((yes, no) => {
    const req = https.request(url, {ca, method, headers, agent, timeout: timeoutMs, servername, rejectUnauthorized: !anyCertificate}, res => {
      const parts = [];
      const cert = res.socket.getPeerCertificate?.().serialNumber;
      res.on('error', no).on('data', p => parts.push(p)).on('end', () =>
        yes({status: res.statusCode, headers: res.headers, text: Buffer.concat(parts).toString(), cert}));
    });
    req.on('timeout', () => req.destroy(new Error(`no answer within ${timeoutMs} ms: ${method} ${url}`)));
    req.on('error', no).end(body);
  });
}

// Over plain HTTP, to a port of this machine, with whatever Host.
export const hostRequest = (port, path, {host = 'localhost', method = 'GET', headers = {}, body} = {}) => new Promise((yes, no) => {
  const req = http.request({host: '127.0.0.1', port, path, method, headers: {...headers, host}, agent: false, timeout: 60000}, res => {
    const parts = [];
    res.on('data', p => parts.push(p)).on('end', () => yes({status: res.statusCode, headers: res.headers, text: Buffer.concat(parts).toString()}));
  });
  req.on('timeout', () => req.destroy(new Error(`no answer: ${method} ${path}`)));
  req.on('error', no).end(body);
});
