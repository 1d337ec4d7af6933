// Child processes of a test: started, watched, ended; and the proof that none is left.
import {spawn} from 'node:child_process';
import {appendFileSync, closeSync, fstatSync, openSync, readFileSync} from 'node:fs';
import {once} from 'node:events';
import {until} from './wait.mjs';

const living = new Set();

// Whatever ends the test's process, nothing it started may outlive it.
process.on('exit', () => { for (const p of living) p.child.kill('SIGKILL'); });

// A program that is still being loaded dies of a signal for which it has a handler later.
function heedsSigterm(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const masks = [...status.matchAll(/^Sig(?:Blk|Cgt):\s+([0-9a-f]+)$/gm)].map(m => BigInt(`0x${m[1]}`));
  return masks.some(mask => mask >> 14n & 1n);
}

export class Process {
  // Output of both kinds is appended to `log`.  `heedsTerm`: it stops in good order whenever it is told,
  // once it has got as far as to listen.
  constructor(name, file, args, {log, env = {}, stdin = 'ignore', heedsTerm = false}) {
    const out = openSync(log, 'a');
    Object.assign(this, {name, log, heedsTerm, from: fstatSync(out).size});
    this.child = spawn(file, args, {stdio: [stdin, out, out], env: {...process.env, ...env}});
    closeSync(out);
    living.add(this);
    this.ended = once(this.child, 'exit').then(([status, signal]) => ({status, signal}), e => this.unstarted(e))
      .finally(() => living.delete(this));
  }

  unstarted(e) {
    appendFileSync(this.log, `${e.message}\n`);
    return {status: null, signal: e.code};
  }

  get pid() { return this.child.pid; }
  get running() { return living.has(this); }
  // What it has said; a log may hold an earlier process's words before.
  output() { return readFileSync(this.log).subarray(this.from).toString(); }

  // As if it hung, until resume().
  pause() { this.paused = this.child.kill('SIGSTOP'); }
  resume() { this.paused = !this.child.kill('SIGCONT'); }

  // Ends it with a signal and waits; answers {status, signal}.  A paused one goes on to its end.
  async end(signal) {
    if (this.running) this.child.kill(signal);
    if (this.paused) this.resume();
    return this.ended;
  }
  kill() { return this.end('SIGKILL'); }

  // SIGTERM; a process that takes longer than `ms` to stop in good order fails the test.  That daemons need
  // five seconds at most is for apid_outages.test.mjs and test_daemon to see.
  async stop(ms = 60000) {
    if (this.heedsTerm) await until(`${this.name} to listen to signals`, () => !this.running || heedsSigterm(this.pid));
    let late = false;
    const timer = setTimeout(() => { late = true; this.child.kill('SIGKILL'); }, ms);
    const how = await this.end('SIGTERM');
    clearTimeout(timer);
    if (late) throw new Error(`${this.name} did not stop within ${ms} ms\n${this.output()}`);
    return how;
  }

  // The line that says it is ready, as a match of `pattern`.
  async ready(pattern) {
    const match = await until(`${this.name} to be ready`, () => pattern.exec(this.output()) ?? !this.running);
    if (match === true) throw new Error(`${this.name} ended: ${this.output()}`);
    return match;
  }
}

// Those that log into `dir`, or all.
export const livingProcesses = (dir = '') => [...living].filter(p => p.log.startsWith(dir));
