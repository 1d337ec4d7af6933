// A world whose daemons are killed and started again.
import {Sky} from '../../e2e/lib/sky.mjs';
import {DAEMONS, Teller} from '../../e2e/lib/teller.mjs';
import {until} from '../../e2e/lib/wait.mjs';
import {World} from '../../e2e/lib/world.mjs';

export class CrashWorld extends World {
  deaths = [];      // names, in their order

  // Deposits are pretended, and paid out through the simulated Skycoin node.
  static async pretended(suite, {conf = {}, pool, fund = 10} = {}) {
    const w = new this();
    w.teller = await Teller.create({conf, pool});
    suite.after(() => w.end());
    w.sky = await Sky.start({log: w.teller.file('skycoin.log')});
    w.teller.configure({dummy: {scanner: true}, sky_rpc: {address: w.sky.address}});
    await w.fund(fund);
    return w;
  }

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
