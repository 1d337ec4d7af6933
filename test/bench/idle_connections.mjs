// What ten thousand connections cost apid that are open and silent, over HTTP and over TLS.
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import tls from 'node:tls';
import {makeCertificate} from '../e2e/lib/certificates.mjs';
import {freePorts} from '../e2e/lib/ports.mjs';
import {RawConnection} from '../e2e/lib/raw_http.mjs';
import {until} from '../e2e/lib/wait.mjs';
import {figure} from './report.mjs';
import {withTeller} from './service.mjs';

// Beside HTTPS, which has half of the descriptors, there is the listener that redirects.
const HTTP = {how: 'HTTP', count: 10000, most: 60}, TLS = {how: 'TLS', count: 8000, most: 240};
const AT_ONCE = 250;
const ASK = 'GET /api/config HTTP/1.1\r\nHost: x\r\n\r\n';
// None is cut before the last is there.
const CONF = {dummy: {scanner: true, sender: true}, web: {throttle_duration: 0, idle_timeout: '30m'}};

const pss = pid => Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]) / 1024;

// The same as RawConnection, in TLS.
class SecureConnection extends RawConnection {
  static async open(port) {
    const c = Object.assign(new this(), {text: '', closed: false});
    c.socket = tls.connect({host: '127.0.0.1', port, rejectUnauthorized: false});
    c.socket.setEncoding('latin1').on('data', d => { c.text += d; }).on('error', () => {}).on('close', () => { c.closed = true; });
    await once(c.socket, 'secureConnect');
    return c;
  }
}

// Each has been answered once.
async function openAll(count, open) {
  const all = [];
  while (all.length < count) {
    const some = await Promise.all(Array.from({length: AT_ONCE}, open));
    for (const c of some) c.send(ASK);
    await until('answers', () => some.every(c => c.statuses()[0] === 200));
    all.push(...some);
  }
  return all;
}

async function measure(teller, {how, count, most}, open) {
  const {pid} = teller.daemons.apid;
  const before = pss(pid);
  const all = await openAll(count, open);
  await new Promise(yes => setTimeout(yes, 12000)); // longer than the time for a request: they are idle
  const cost = pss(pid) - before;
  const lost = all.filter(c => c.closed).length;
  if (lost) throw new Error(`${lost} of the idle connections were closed`);
  figure({what: `${count.toLocaleString('en-US')} idle connections, ${how}`, value: cost, unit: 'MB', target: most, most: true,
    note: `each was answered once; ${(cost * 1024 / count).toFixed(1)} KiB a connection`});
  for (const c of all) c.close();
}

async function overTls(teller) {
  const [port] = await freePorts(1);
  makeCertificate({cert: teller.file('cert.pem'), key: teller.file('key.pem')});
  teller.configure({web: {https_addr: `127.0.0.1:${port}`, tls_cert: 'cert.pem', tls_key: 'key.pem'}});
  teller.start('exchangerd');
  teller.start('apid');
  await until('apid to listen', () => teller.log('apid').includes(' ready '));
  await measure(teller, TLS, () => SecureConnection.open(port));
}

export async function measureConnections() {
  await withTeller(CONF, async teller => {
    await teller.startAll();
    await measure(teller, HTTP, () => RawConnection.open(teller.public));
  });
  await withTeller(CONF, overTls);
}
