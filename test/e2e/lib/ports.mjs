// Ports for daemons that are told theirs by the configuration.  A port that was bound, learnt and let
// go again may be taken before it is bound anew: by another test, or by the kernel for somebody's
// outgoing connection.  So they come from below the kernel's range, and are claimed for as long as the
// test's process lives: each by listening on another one, which the kernel gives to nobody else and
// takes back whatever becomes of the process.
import net from 'node:net';

const FIRST = 12000, LAST = 21999;
const CLAIM = 10000;        // so far above a port is the one that claims it

// The server that listens, or null.
const listen = port => new Promise(yes => {
  const s = net.createServer().once('error', () => yes(null)).listen(port, '127.0.0.1', () => yes(s));
});

async function claim(port) {
  const s = await listen(port + CLAIM);
  s?.unref();
  return s !== null;
}

async function isFree(port) {
  const s = await listen(port);
  if (s) await new Promise(yes => s.close(yes));
  return s !== null;
}

let next = FIRST + Math.floor(Math.random() * (LAST - FIRST));

// `count` ports that are free, and this process's.
export async function freePorts(count) {
  const ports = [];
  for (let tries = 0; ports.length < count; tries++) {
    if (tries > LAST - FIRST) throw new Error('no free port');
    const port = next = next < LAST ? next + 1 : FIRST;     // others ask meanwhile
    if (await claim(port) && await isFree(port)) ports.push(port);
  }
  return ports;
}
