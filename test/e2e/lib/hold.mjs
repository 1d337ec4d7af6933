// A daemon that stops at a point (FAULT_HOLD in the sources) until the test lets it go on: what is under
// way is under way, however quick or slow the machine is.
import {execFileSync} from 'node:child_process';
import {constants, openSync, readSync, writeSync} from 'node:fs';

export class Hold {
  // `env` is for the daemon that is to be held.
  constructor(teller, point) {
    const fifo = teller.file(`hold-${point}`);
    execFileSync('mkfifo', [fifo]);
    this.fd = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
    this.env = {TELLER_FAULT_HOLD: `${point}:${fifo}`};
  }

  // For so many passings.
  letGo(passings = 4096) { writeSync(this.fd, Buffer.alloc(passings)); }

  // From the next passing on it is held again.
  close() {
    try {
      while (readSync(this.fd, Buffer.alloc(4096)));
    } catch (e) {
      if (e.code !== 'EAGAIN') throw e;
    }
  }
}
