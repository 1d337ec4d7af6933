// The simulated Skycoin nodes as a process of their own, and what tests ask of their books.
import {fileURLToPath} from 'node:url';
import {SkyClient} from '../../sim/skycoin-node/client.mjs';
import {Process} from './process.mjs';

const MAIN = fileURLToPath(new URL('../../sim/skycoin-node/main.mjs', import.meta.url));
const READY = /^READY (?:url=(\S+) )?(?:rpc=(\S+) )?control=(\S+)$/gm;

const hostOf = url => url && (url.startsWith('https') ? url : new URL(url).host);

// One node; the first of a network stands for all of them: it has their `nodes`, the ledger is of
// all, and a command that concerns the network may be given to any.
export class Sky extends SkyClient {
  // `autoBlockMs` 0: blocks are made when the test says so.  `nodes`: how many; `generation`: one of
  // generations.mjs, or several in turn, with commas; `args`: more of the simulator's.
  static async start({log, autoBlockMs = 50, nodes = 1, generation = 'modern', args = []}) {
    const process_ = new Process('skycoin node', process.execPath,
      [MAIN, '--auto-block', String(autoBlockMs), '--nodes', String(nodes), '--generation', generation, ...args], {log});
    await process_.ready(/^READY /m);
    const all = [...process_.output().matchAll(READY)].map(([, url, rpc, control]) =>
      Object.assign(new Sky({url, rpc, control}), {process: process_, address: hostOf(url), rpcAddress: hostOf(rpc)}));
    return Object.assign(all[0], {nodes: all});
  }

  // For the configuration: every node, by REST where it has it.
  get addresses() { return this.nodes.map(n => n.address ?? n.rpcAddress).join(','); }

  // Of all nodes: what is confirmed or pending anywhere, every injection in the order of time.
  async ledger() {
    const all = await Promise.all((this.nodes ?? [this]).map(n => SkyClient.prototype.ledger.call(n)));
    const injections = all.flatMap((l, node) => l.injections.map(i => ({...i, node}))).sort((a, b) => a.at_ms - b.at_ms);
    return {...all[0], injections};
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
