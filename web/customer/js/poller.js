// Asks again and again: regularly while answers come, after growing waits while they do not, and when
// the service says when, then.  Slower while nobody looks.
import {Refused} from './api.js';

const FIRST_RETRY_S = 5;
const LAST_RETRY_S = 60;
const UNEVEN = 0.2;     // so that not all pages come back in the same second

export class Poller {
  // `ask` answers a promise.  `onAnswer(value)`, `onFailure(error, waitS)`.
  constructor({ask, everyS, hiddenS, onAnswer, onFailure}) {
    Object.assign(this, {ask, everyS, hiddenS, onAnswer, onFailure, failures: 0, round: 0});
    document.addEventListener('visibilitychange', () => this.onVisibility());
    addEventListener('online', () => this.hurry());
  }

  start() {
    this.running = true;
    this.failures = 0;
    return this.turn();
  }

  stop() {
    this.running = false;
    this.round++;
    clearTimeout(this.timer);
  }

  // Now, instead of when it is due.  A service that asked for patience is given it.
  hurry() {
    if (this.running && !(this.patient && Date.now() < this.dueAt)) this.turn();
  }

  get waitS() { return Math.max(0, Math.ceil((this.dueAt - Date.now()) / 1000)); }

  async turn() {
    const round = ++this.round;
    clearTimeout(this.timer);
    let waitS, tell;
    try {
      const value = await this.ask();
      this.failures = 0;
      waitS = this.interval();
      tell = () => this.onAnswer(value);
    } catch (e) {
      waitS = this.waitAfter(e);
      tell = () => this.onFailure(e, waitS);
    }
    if (round !== this.round) return;       // stopped, or asked anew meanwhile
    this.wait(waitS);
    tell();
  }

  waitAfter(e) {
    this.patient = e instanceof Refused && e.status === 429;
    if (this.patient && e.retryAfterS) return e.retryAfterS;
    const grown = Math.min(LAST_RETRY_S, FIRST_RETRY_S * 2 ** this.failures++);
    return grown * (1 + UNEVEN * Math.random());
  }

  interval() {
    this.patient = false;
    return document.hidden ? this.hiddenS : this.everyS;
  }

  wait(waitS) {
    this.askedAt = Date.now();
    this.dueAt = this.askedAt + 1000 * waitS;
    this.timer = setTimeout(() => this.turn(), 1000 * waitS);
  }

  onVisibility() {
    if (!this.running || this.patient || this.askedAt === undefined) return;
    if (this.failures) return document.hidden || this.turn();
    const dueAt = this.askedAt + 1000 * this.interval();
    clearTimeout(this.timer);
    this.dueAt = dueAt;
    this.timer = setTimeout(() => this.turn(), Math.max(0, dueAt - Date.now()));
  }
}
