// Ports for daemons that are told theirs by the configuration.  A port that was bound, learnt and let
// go again may be taken before it is bound anew: by another test, or by the kernel for somebody's
// outgoing connection.  So they come from below the kernel's range, and are claimed, a file each, by
// the test's process for as long as it lives.
import {mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';

const FIRST = 12000;
const LAST = 31999;
const claims = path.join(tmpdir(), 'teller-test-ports');
const claimed = [];

process.on('exit', () => { for (const port of claimed) rmSync(claimFile(port), {force: true}); });

const claimFile = port => path.join(claims, String(port));

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (e) {
    return e.code === 'EPERM';
  }
}

// A claim whose process was killed counts no more; its place is taken by a later try.
function dropStaleClaim(port) {
  const pid = Number(readFileSync(claimFile(port), 'utf8'));
  if (pid && !isAlive(pid)) rmSync(claimFile(port), {force: true});
}

function claim(port) {
  try {
    writeFileSync(claimFile(port), String(process.pid), {flag: 'wx'});
    claimed.push(port);
    return true;
  } catch (e) {
    if (e.code !== 'EEXIST') throw e;
    dropStaleClaim(port);
    return false;
  }
}

const isFree = port => new Promise(yes => {
  const s = net.createServer().once('error', () => yes(false)).listen(port, '127.0.0.1', () => s.close(() => yes(true)));
});

let next = FIRST + Math.floor(Math.random() * (LAST - FIRST));

// `count` ports that are free, and this process's.
export async function freePorts(count) {
  mkdirSync(claims, {recursive: true});
  const ports = [];
  for (let tries = 0; ports.length < count; tries++) {
    if (tries > LAST - FIRST) throw new Error('no free port');
    const port = next = next < LAST ? next + 1 : FIRST;     // others ask meanwhile
    if (claim(port) && await isFree(port)) ports.push(port);
  }
  return ports;
}
