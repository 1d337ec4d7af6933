// A long queue in senderd: what ten thousand waiting payouts add to its memory, while they wait for
// coins (every round looks at all of them) and while they are paid; and how long paying takes.
import {readFileSync} from 'node:fs';
import {createHash} from 'node:crypto';
import {btcAddress, skyAddress} from './addresses.mjs';
import {postAll} from './pump.mjs';
import {figure} from './report.mjs';
import {withTeller} from './service.mjs';
import {Sky} from '../e2e/lib/sky.mjs';
import {until} from '../e2e/lib/wait.mjs';

const PAYOUTS = 10000;
const CUSTOMERS = 1000;
const CONNECTIONS = 64;
const SATOSHI = 1000;               // the nth deposit is 200 n satoshi, 0.001 SKY, more: no two payouts are equal
const FUND = '15000';                // SKY of each of four outputs: in all more than is owed, 50,045
const ROUNDS = 30;
const KB_IN_MB = 1024;

const txid = n => createHash('sha256').update(`queue ${n}`).digest('hex');
const path = (address, n) => '/dummy/scanner/deposit?' +
  new URLSearchParams({addr: address, value: SATOSHI + 200 * n, height: 1 + n / 100 | 0, tx: txid(n), n: 0, coin: 'BTC'});

const kb = (pid, file, key) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))[1]);
const pss = pid => kb(pid, 'smaps_rollup', 'Pss');
const peak = pid => kb(pid, 'status', 'VmHWM');
// Milliseconds of the processor so far.
const busyMs = pid => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13).reduce((s, t) => s + Number(t) * 10, 0);

const count = async (teller, state) => (await teller.query(`SELECT COUNT(*) AS n FROM payout WHERE state = '${state}'`))[0].n;

async function queue(teller) {
  const bound = [];
  for (let n = 0; n < CUSTOMERS; n++) bound.push(await teller.bind(skyAddress(n)));
  await postAll(teller.dummy, Array.from({length: PAYOUTS}, (_, n) => path(bound[n % CUSTOMERS], n)), CONNECTIONS);
  await until('all payouts to wait', async () => await count(teller, 'waiting') === PAYOUTS);
}

// What one round costs while nothing can be paid: a round asks for the outputs once.
async function lookMs(pid, sky) {
  const asked = () => sky.requestsFor('/api/v1/outputs');
  const busy = busyMs(pid), rounds = await asked();
  await until('some rounds', async () => await asked() >= rounds + ROUNDS);
  return (busyMs(pid) - busy) / (await asked() - rounds);
}

// Pays the queue; answers seconds and transactions.
async function payAll(teller, sky) {
  const before = performance.now();
  for (let n = 0; n < 4; n++)
    await sky.sim('fund', {address: teller.walletAddresses[0], count: 1, coins: FUND, hours: 1000000});
  await until('all payouts to be confirmed', async () => await count(teller, 'confirmed') === PAYOUTS);
  const seconds = (performance.now() - before) / 1000;
  const {injections, confirmed} = await sky.ledger();
  const wrong = injections.filter(i => i.verdict === 'refused' && !confirmed.some(c => c.txid === i.txid));
  if (wrong.length) throw new Error(`the node refused ${wrong.length} transactions`);
  return {seconds, txs: new Set(injections.map(i => i.txid)).size};
}

export async function measureQueue() {
  const pool = Array.from({length: CUSTOMERS}, (_, n) => ({address: btcAddress('bcrt', n)}));
  await withTeller({dummy: {scanner: true}}, async teller => {
    const sky = await Sky.start({log: teller.file('skycoin.log')});
    try {
      teller.configure({sky_rpc: {address: sky.addresses}});
      // one output that affords no payout: so the whole queue is looked at, and all of it waits
      await sky.sim('fund', {address: teller.walletAddresses[0], count: 1, coins: '0.001', hours: 1000});
      await teller.startAll();
      const {pid} = teller.daemons.senderd;
      const idle = {pss: pss(pid), peak: peak(pid)};
      await queue(teller);
      const full = pss(pid), look = await lookMs(pid, sky);
      const {seconds, txs} = await payAll(teller, sky);
      figure({what: `${PAYOUTS} queued payouts add to senderd`, value: Math.max(full - idle.pss, peak(pid) - idle.peak) / KB_IN_MB, unit: 'MB', target: 30, most: true,
        note: `PSS ${(idle.pss / KB_IN_MB).toFixed(1)} idle, ${(full / KB_IN_MB).toFixed(1)} while they wait, ${(pss(pid) / KB_IN_MB).toFixed(1)} when paid; peak RSS ${(idle.peak / KB_IN_MB).toFixed(1)} -> ${(peak(pid) / KB_IN_MB).toFixed(1)}`});
      figure({what: 'one look at them while none can be paid', value: look, unit: 'ms', target: 50, most: true,
        note: 'of the processor; once in tx_confirmation_check_wait'});
      figure({what: 'payouts to confirmed', value: PAYOUTS / seconds, unit: '/s', target: 1000,
        note: `${PAYOUTS} in ${seconds.toFixed(1)} s, ${txs} transactions of ${Math.ceil(PAYOUTS * 37 / (32768 - 183))} that their bytes demand, blocks every 50 ms`});
    } finally {
      await sky.process.kill();
    }
  }, {pool});
}
