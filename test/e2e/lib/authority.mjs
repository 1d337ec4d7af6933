// A certificate authority for tests: Debian's pebble, its name server that sends all names to this
// machine, and uacme made to trust it.
import {execFileSync} from 'node:child_process';
import {existsSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {freePorts} from './ports.mjs';
import {Process} from './process.mjs';
import {until} from './wait.mjs';
import https from 'node:https';

// uacme believes the system's authorities only, so it runs where that file is another one.
const SYSTEM_BUNDLE = '/etc/ssl/certs/ca-certificates.crt';

const openssl = (...args) => execFileSync('openssl', args, {stdio: 'pipe'});

function makeOwnCertificate(file) {
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file('ca.key'), '-out', file('ca.pem'),
    '-days', '2', '-subj', '/CN=authority of this test');
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file('api.key'), '-out', file('api.csr'), '-subj', '/CN=localhost');
  writeFileSync(file('api.ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  openssl('x509', '-req', '-in', file('api.csr'), '-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-days', '2',
    '-extfile', file('api.ext'), '-out', file('api.pem'));
}

function assertPossible() {
  if (process.getuid() !== 0) throw new Error('this test must run as root: uacme has to be shown another list of authorities (unshare, mount)');
  if (!existsSync(SYSTEM_BUNDLE)) throw new Error(`${SYSTEM_BUNDLE} is missing: scripts/bootstrap test installs ca-certificates`);
}

export class Authority {
  // `httpPort`: where it asks for challenges; certificates live for `days`.
  static async create({dir, httpPort, days = 90}) {
    assertPossible();
    const a = new Authority();
    const [api, management, dns, dnsManagement, tls] = await freePorts(5);
    const file = name => path.join(dir, name);
    Object.assign(a, {file, api, management, dns, dnsManagement, url: `https://localhost:${api}/dir`, program: file('uacme-of-this-test')});
    makeOwnCertificate(file);
    writeFileSync(file('pebble.json'), JSON.stringify({pebble: {listenAddress: `127.0.0.1:${api}`, managementListenAddress: `127.0.0.1:${management}`,
      certificate: file('api.pem'), privateKey: file('api.key'), httpPort, tlsPort: tls, ocspResponderURL: '', externalAccountBindingRequired: false,
      certificateValidityPeriod: days * 86400}}));
    writeFileSync(a.program, `#!/bin/sh\n[ ! -e ${file('away')} ] || { echo 'uacme: curl_get: the authority is away' >&2; exit 2; }\nexec unshare -m --propagation private sh -c 'mount --bind "$0" ${SYSTEM_BUNDLE} && exec uacme "$@"' ${file('ca.pem')} "$@"\n`, {mode: 0o755});
    return a;
  }

  async start() {
    const log = this.file('authority.log');
    this.names = new Process('pebble-challtestsrv', 'pebble-challtestsrv', ['-defaultIPv4', '127.0.0.1', '-defaultIPv6', '', '-dns01', `127.0.0.1:${this.dns}`,
      '-http01', '', '-https01', '', '-tlsalpn01', '', '-management', `127.0.0.1:${this.dnsManagement}`], {log});
    this.pebble = new Process('pebble', 'pebble', ['-config', this.file('pebble.json'), '-dnsserver', `127.0.0.1:${this.dns}`],
      {log, env: {PEBBLE_VA_NOSLEEP: '1', PEBBLE_VA_ALWAYS_VALID: '0', PEBBLE_WFE_NONCEREJECT: '0'}});
    await until('pebble to answer', () => this.get(this.url.replace('localhost', '127.0.0.1')));
    this.root = await this.get(`https://127.0.0.1:${this.management}/roots/0`);
  }

  // uacme takes half a minute to find out by itself that nobody answers.
  setAway(away) { away ? writeFileSync(this.file('away'), '') : rmSync(this.file('away')); }

  get(url) {
    return new Promise((yes, no) => https.get(url, {rejectUnauthorized: false, agent: false}, res => {
      let text = '';
      res.on('data', d => { text += d; }).on('end', () => yes(res.statusCode === 200 && text));
    }).on('error', no));
  }

  // The ways of these programs to end are not ours to judge.
  stop() { return Promise.all([this.names, this.pebble].filter(p => p?.running).map(p => p.kill())); }
}
