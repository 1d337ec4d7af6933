// What the daemons do while nothing happens, with the waits of the default configuration and the
// nodes there: processor time as the scheduler counts it, and how often they wake up.
import {readFileSync, writeFileSync} from 'node:fs';
import {Bitcoin} from '../e2e/lib/bitcoin.mjs';
import {CHAIN_ID, Ethereum} from '../e2e/lib/ethereum.mjs';
import {Sky} from '../e2e/lib/sky.mjs';
import {DAEMONS} from '../e2e/lib/teller.mjs';
import {until} from '../e2e/lib/wait.mjs';
import {ethAddress, lines} from './addresses.mjs';
import {figure} from './report.mjs';
import {withTeller} from './service.mjs';

const SECONDS = 30;
const CPU_MS_PER_S = 2;      // all four: two thousandths of a core

const cpuNs = pid => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]);
const wakeups = pid => Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
const now = teller => DAEMONS.map(name => ({name, ns: cpuNs(teller.daemons[name].pid), wakes: wakeups(teller.daemons[name].pid)}));

async function measure(teller) {
  await teller.startAll();
  await until('the daemons to be idle', async () => (await teller.problems()).length === 0);
  await new Promise(done => setTimeout(done, 2000));     // what follows from the start has ended
  const before = now(teller);
  await new Promise(done => setTimeout(done, SECONDS * 1000));
  const each = now(teller).map((d, i) => ({name: d.name, cpu: (d.ns - before[i].ns) / 1e6 / SECONDS, wakes: (d.wakes - before[i].wakes) / SECONDS}));
  const sum = key => each.reduce((s, d) => s + d[key], 0);
  const note = key => each.map(d => `${d.name} ${d[key].toFixed(2)}`).join(', ');
  figure({what: 'idle, real nodes: processor', value: sum('cpu'), unit: 'ms/s', target: CPU_MS_PER_S, most: true, note: note('cpu')});
  figure({what: 'idle, real nodes: wake-ups', value: sum('wakes'), unit: '/s', note: note('wakes')});
}

export async function measureIdle() {
  const defaults = {btc_scanner: {scan_period: '20s'}, eth_scanner: {scan_period: '5s', initial_scan_height: 0, confirmations_required: 1}, sky_exchanger: {tx_confirmation_check_wait: '5s'}};
  await withTeller(defaults, async teller => {
    const nodes = await Promise.all([
      Bitcoin.start({dir: teller.file('bitcoin'), log: teller.file('bitcoin.log')}),
      Ethereum.start({dir: teller.dir, log: teller.file('ethereum.log')}),
      Sky.start({log: teller.file('skycoin.log')})]);
    try {
      writeFileSync(teller.file('eth_addresses.txt'), lines(4, ethAddress));
      teller.configure({eth_addresses: 'eth_addresses.txt', eth_rpc: {server: nodes[1].url, chain_id: CHAIN_ID}, eth_scanner: {enabled: true}, sky_exchanger: {sky_eth_exchange_rate: '100'},
        btc_rpc: {server: nodes[0].server, user: 'rpc', pass: 'regtest'}, sky_rpc: {address: nodes[2].address}});
      await measure(teller);
    } finally {
      await Promise.all(nodes.map(n => n.process.kill()));   // nothing of theirs is kept
    }
  });
}
