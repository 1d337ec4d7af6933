// What a million watched addresses cost scannerd: the time to take them in, memory, and the speed of
// a scan, each beside the same with ten.  The node has its answers ready, so that it is the scanner
// which is measured.
import {copyFileSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {Process} from '../e2e/lib/process.mjs';
import {until} from '../e2e/lib/wait.mjs';
import {btcAddress, lines} from './addresses.mjs';
import {figure, median} from './report.mjs';
import {withTeller} from './service.mjs';

const BLOCK_NODE = fileURLToPath(new URL('block_node.mjs', import.meta.url));
const BLOCKS = 150;
const MILLION = 1_000_000;
const TIMES = 3;
const MB = 1024;        // the kernel counts in kB
const SHARE = 0.95;     // of the speed with ten addresses: what two runs differ by

const status = (pid, key) => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`^${key}:\\s+(\\d+)`, 'm'))[1]);
const pss = pid => Number(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').match(/^Pss: +(\d+)/m)[1]);

// exchangerd takes the file in; it has nothing else to do here.
async function fillPool(teller, count) {
  writeFileSync(teller.file('btc_addresses.txt'), lines(count, n => btcAddress('bc', n)));
  teller.start('exchangerd');
  await until('the pool', async () => (await teller.query('SELECT MAX(seq) AS n FROM address_pool'))[0].n === count);
  await teller.stop('exchangerd');
  copyFileSync(teller.file('teller.db'), teller.file('pool.db'));
}

function forgetScan(teller) {
  for (const suffix of ['-wal', '-shm']) rmSync(teller.file(`teller.db${suffix}`), {force: true});
  copyFileSync(teller.file('pool.db'), teller.file('teller.db'));
}

// The least within a second: the scan gives its buffers back after its last commit.
async function atRest(pid) {
  const looks = [pss(pid)];
  while (looks.length < 11) {
    await new Promise(yes => setTimeout(yes, 100));
    looks.push(pss(pid));
  }
  return Math.min(...looks);
}

// One start of scannerd, up to the tip: {load_ms, seconds, peak, idle}, the last two in kB.
async function scan(teller, node) {
  forgetScan(teller);
  const daemon = teller.start('scannerd');
  const loaded = () => /^(\S+) .*scan_start.* load_ms=(\d+)/m.exec(daemon.output());
  await until('the addresses', loaded);
  const [, at, load_ms] = loaded();
  await until('the tip', async () => (await teller.query(`SELECT height FROM cursor WHERE coin = 'BTC'`))[0]?.height === node.first + BLOCKS - 1);
  const seconds = (Date.now() - Date.parse(at)) / 1000;
  const memory = {peak: status(daemon.pid, 'VmHWM'), idle: await atRest(daemon.pid)};
  await teller.stop('scannerd');
  return {load_ms: Number(load_ms), seconds, ...memory};
}

// The best of some: other work on the machine only ever makes it slower.
async function scanWith(count) {
  const main = {btc_scanner: {network: 'main'}};
  return withTeller(main, async teller => {
    const p = new Process('block node', process.execPath, [BLOCK_NODE, String(BLOCKS), '--ready'], {log: teller.file('blocks.log')});
    const [, port, first] = await p.ready(/^READY port=(\d+) first=(\d+)$/m);
    teller.configure({btc_rpc: {server: `127.0.0.1:${port}`, user: 'any', pass: 'any'}, btc_scanner: {initial_scan_height: Number(first)}});
    try {
      await fillPool(teller, count);
      const runs = [];
      while (runs.length < TIMES) runs.push(await scan(teller, {first: Number(first)}));
      return {...runs.at(-1), seconds: Math.min(...runs.map(r => r.seconds)), load_ms: median(runs.map(r => r.load_ms))};
    } finally {
      await p.kill();      // nothing of it is kept
    }
  });
}

export async function measureWatched() {
  const few = await scanWith(10), many = await scanWith(MILLION);
  const yard = (value, unit) => ({what: 'with 10 addresses', value, unit});
  figure({what: 'scannerd takes in 1,000,000 addresses', value: many.load_ms / 1000, unit: 's', target: 10, most: true, yard: yard(few.load_ms / 1000, 's')});
  figure({what: 'scannerd with 1,000,000 addresses', value: many.idle / MB, unit: 'MB', target: 100, most: true, yard: yard(few.idle / MB, 'MB'),
    note: `at most ${Math.round(many.peak / MB)} MB, ${Math.round(few.peak / MB)} MB with 10, blocks of 1.6 MB under way`});
  figure({what: 'blocks of 1.6 MB, 1,000,000 addresses', value: BLOCKS / many.seconds, unit: '/s', target: SHARE * BLOCKS / few.seconds,
    yard: yard(BLOCKS / few.seconds, '/s')});
}
