// A world whose daemons are killed and started again.
import {DAEMONS} from '../../e2e/lib/teller.mjs';
import {until} from '../../e2e/lib/wait.mjs';
import {World} from '../../e2e/lib/world.mjs';

export class CrashWorld extends World {
  deaths = [];      // names, in their order
  bound = 0;        // addresses that clients were shown

  // All four; `env`: more environment of some of them.  One that is killed is started again, with
  // nothing in its environment.
  startAll(env = {}) {
    for (const name of DAEMONS) this.start(name, env[name]);
  }
  start(name, env) {
    const daemon = this.teller.start(name, env);
    daemon.ended.then(({signal}) => {
      if (signal !== 'SIGKILL' || this.over) return;
      this.deaths.push(name);
      this.start(name);
    });
  }
  // In good order, to begin again with more environment.
  async restart(name, env) {
    await this.teller.stop(name);
    this.start(name, env);
  }
  // Kills what runs of these at the same instant; they come back by themselves.
  async kill(names) {
    await Promise.all(names.map(name => this.teller.kill(name)));
  }

  async diesOf(name) {
    await until(`${name} to die at its fault point`, () => this.deaths.includes(name))
      .catch(e => { throw new Error(`${e.message}\n${this.teller.logs()}`); });
  }

  end() {
    this.over = true;
    return super.end();
  }
}
