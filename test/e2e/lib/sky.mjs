// The simulated Skycoin node as a process of its own, and what tests ask of its books.
import {fileURLToPath} from 'node:url';
import {SkyClient} from '../../sim/skycoin-node/client.mjs';
import {Process} from './process.mjs';

const MAIN = fileURLToPath(new URL('../../sim/skycoin-node/main.mjs', import.meta.url));

export class Sky extends SkyClient {
  // `autoBlockMs` 0: blocks are made when the test says so.
  static async start({log, autoBlockMs = 50}) {
    const process_ = new Process('skycoin node', process.execPath, [MAIN, '--auto-block', String(autoBlockMs)], {log});
    const [, url, control] = await process_.ready(/^READY url=(\S+) control=(\S+)$/m);
    const sky = new Sky({url, control});
    return Object.assign(sky, {process: process_, address: new URL(url).host});
  }

  // Droplets confirmed to each address, by transactions that spend outputs of `wallet`: what was
  // paid out of the hot wallet, change left aside.
  async paidFrom(wallet) {
    const own = new Set(wallet);
    const {confirmed} = await this.ledger();
    const paid = new Map();
    for (const t of confirmed.filter(c => c.inputs.every(i => own.has(i.address))))
      for (const o of t.outputs.filter(x => !own.has(x.address)))
        paid.set(o.address, (paid.get(o.address) ?? 0n) + BigInt(o.droplets));
    return paid;
  }

  // Injections that were refused as wrong: senderd may never make one.  The same bytes again after
  // their confirmation are no mistake: that is how a lost answer is made good.
  async refusals() {
    const {injections, confirmed} = await this.ledger();
    const done = new Set(confirmed.map(c => c.txid));
    return injections.filter(i => i.verdict === 'refused' && !done.has(i.txid));
  }

  async requestsFor(path) { return (await this.ledger()).requests[path] ?? 0; }
}
