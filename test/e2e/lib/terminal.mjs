// A daemon started by a person at a terminal: script (bsdutils) gives it one.
import path from 'node:path';
import {Process} from './process.mjs';
import {BIN} from './teller.mjs';
import {until} from './wait.mjs';

export class AtTerminal extends Process {
  constructor(teller, name) {
    const command = [path.join(BIN, name), '--dir', teller.dir, '--config', teller.file('teller.ini')].join(' ');
    super(name, 'script', ['-qec', `exec ${command}`, '/dev/null'], {log: teller.file(`${name}.log`), stdin: 'pipe'});
    teller.daemons[name] = this;
  }

  async question(pattern) { await this.ready(pattern); }
  type(text) { this.child.stdin.write(text); }

  // The daemon's own, not script's.
  get pid() { return Number(/ started .*pid=(\d+)/.exec(this.output())?.[1]); }
  async end(signal) {
    if (this.running) process.kill(await until('its pid', () => this.pid), signal);
    return this.ended;
  }
}
