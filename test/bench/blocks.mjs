// Blocks scanned a second, from when scannerd has the pool in memory (start.mjs looks at starts) to
// the chain's tip, against one curl that downloads the same blocks and throws them away.
import {execFile, execFileSync} from 'node:child_process';
import {readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {setTimeout as later} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {Bitcoin} from '../e2e/lib/bitcoin.mjs';
import {Process} from '../e2e/lib/process.mjs';
import {until} from '../e2e/lib/wait.mjs';
import {btcAddress, lines} from './addresses.mjs';
import {figure, median} from './report.mjs';
import {withTeller} from './service.mjs';

const BLOCK_NODE = fileURLToPath(new URL('block_node.mjs', import.meta.url));
const SMALL_BLOCKS = 1500;
const LARGE_BLOCKS = 250;
const WATCHED = 50000;
const FEW = 10;
const MANY = 1000000;
const TIMES = 5;
const LOOK_MS = 100;        // between two looks at the cursor: they take from what is measured
const SHARE = 0.8;
const BLOCK_BYTES = 1581623;
const MIB = 1 << 20;
const SLACK = 1.1;          // "no slower": two runs of the same differ by as much

// --- curl alone: getblockhash and getblock of every height, one kept connection -------------------

const call = (node, method, params) => ['silent', 'show-error', 'fail', `url = "http://${node.server}/"`, `user = "${node.user}:${node.pass}"`,
  'output = "/dev/null"', 'header = "Content-Type: application/json"', `data = "${JSON.stringify({id: 1, method, params}).replaceAll('"', '\\"')}"`];

async function curlSeconds(teller, node, hashes) {
  const file = teller.file('curl.conf');
  const calls = hashes.flatMap((hash, i) => [call(node, 'getblockhash', [node.first + i]), call(node, 'getblock', [hash, 0])]);
  writeFileSync(file, calls.map(c => c.join('\n')).join('\nnext\n') + '\n');
  const before = performance.now();
  await promisify(execFile)('curl', ['--fail-early', '-K', file]);
  return (performance.now() - before) / 1000;
}

async function hashesOf(node, count) {
  const hashes = [];
  while (hashes.length < count) hashes.push(await hashAt(node, node.first + hashes.length));
  return hashes;
}
async function hashAt(node, height) {
  const authorization = 'Basic ' + Buffer.from(`${node.user}:${node.pass}`).toString('base64');
  const r = await fetch(`http://${node.server}/`, {method: 'POST', headers: {authorization},
    body: JSON.stringify({id: 1, method: 'getblockhash', params: [height]})});
  return (await r.json()).result;
}

// --- scannerd --------------------------------------------------------------------------------------

async function scannedTo(teller, tip) {
  const [row] = await teller.query(`SELECT height FROM cursor WHERE coin = 'BTC'`).catch(() => []);
  return row?.height === tip;
}

// A database that knows the pool and nothing else.
async function takePool(teller, watched) {
  for (const suffix of ['', '-wal', '-shm']) rmSync(teller.file(`teller.db${suffix}`), {force: true});
  teller.start('exchangerd');
  await until('the pool', async () => (await teller.query('SELECT COUNT(*) AS n FROM address_pool'))[0].n === watched);
  await teller.stop('exchangerd');
}

// From nothing scanned to the tip.
async function scanSeconds(teller, node, count) {
  await takePool(teller, WATCHED);
  const p = teller.start('scannerd');
  await until('the tip', () => later(LOOK_MS).then(() => scannedTo(teller, node.first + count - 1)));
  const end = statSync(teller.file('teller.db-wal')).mtimeMs;     // of the last commit: nothing is written at the tip
  const [, begin] = /^(\S+) .* scan_start coin=BTC /m.exec(p.output());
  await teller.stop('scannerd');
  return (end - Date.parse(begin)) / 1000;
}

// Processor time of scannerd for one block, in ms: what a machine with other things to do changes
// little.  Counted from when the pool is in memory.
async function scanCost(teller, node, count) {
  const p = teller.start('scannerd');
  await until('the pool in memory', () => / scan_start coin=BTC /.test(p.output()));
  const before = cpuMs(p.pid);
  await until('the tip', () => scannedTo(teller, node.first + count - 1));
  const cost = (cpuMs(p.pid) - before) / count;
  await teller.stop('scannerd');
  execFileSync('sqlite3', [teller.file('teller.db'), 'DELETE FROM cursor; DELETE FROM block']);
  return cost;
}
const cpuMs = pid => {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13);
  return 10 * (Number(user) + Number(system));
};

// `share`: of curl's rate, that is wanted; undefined where nothing is.
async function compare(what, teller, node, count, {share, unit = () => ''}) {
  const hashes = await hashesOf(node, count);
  const alone = [], scanned = [];
  for (let i = 0; i < TIMES; i++) {
    alone.push(await curlSeconds(teller, node, hashes));
    scanned.push(await scanSeconds(teller, node, count));
  }
  const [a, s] = [median(alone), median(scanned)];
  const pairs = scanned.map((seconds, i) => Math.round(100 * alone[i] / seconds));
  figure({what, value: count / s, unit: '/s', target: share && share * count / a, yard: {what: 'curl alone', value: count / a, unit: '/s'},
    note: `${Math.round(100 * a / s)} % of curl${unit(s)}; run by run ${Math.min(...pairs)} to ${Math.max(...pairs)} %`});
}

// The same blocks for few addresses and for many, in turn.
async function compareWatched(few, node) {
  await withTeller({btc_scanner: {network: 'main', initial_scan_height: node.first}}, async many => {
    const sides = [[few, FEW], [many, MANY]];
    for (const [teller, watched] of sides) {
      teller.configure({btc_rpc: {server: node.server, user: node.user, pass: node.pass}});
      writeFileSync(teller.file('btc_addresses.txt'), lines(watched, n => btcAddress('bc', n)));
      await takePool(teller, watched);
    }
    const costs = [[], []];
    for (let i = 0; i < TIMES; i++)
      for (const [side, [teller]] of sides.entries()) costs[side].push(await scanCost(teller, node, LARGE_BLOCKS));
    const [a, b] = costs.map(median);
    figure({what: 'processor time for a block of 1.6 MB, a million addresses', value: b, unit: 'ms', target: a * SLACK, most: true,
      yard: {what: 'ten addresses', value: a, unit: 'ms'}, note: `${Math.round(100 * b / a)} %`});
  });
}

async function withNode(conf, hrp, open, body) {
  await withTeller(conf, async teller => {
    writeFileSync(teller.file('btc_addresses.txt'), lines(WATCHED, n => btcAddress(hrp, n)));
    const node = await open(teller);
    try {
      teller.configure({btc_rpc: {server: node.server, user: node.user, pass: node.pass},
        btc_scanner: {initial_scan_height: node.first}});
      await body(teller, node);
    } finally {
      await node.process.kill();       // nothing of it is kept
    }
  });
}

async function openRegtest(teller) {
  const b = await Bitcoin.start({dir: teller.file('bitcoin'), log: teller.file('bitcoin.log'), blocks: SMALL_BLOCKS});
  return {process: b.process, server: b.server, user: 'rpc', pass: 'regtest', first: 1};
}

const openLarge = flags => async teller => {
  const p = new Process('block node', process.execPath, [BLOCK_NODE, String(LARGE_BLOCKS), ...flags], {log: teller.file('blocks.log')});
  const [, port, first] = await p.ready(/^READY port=(\d+) first=(\d+)$/m);
  return {process: p, server: `127.0.0.1:${port}`, user: 'any', pass: 'any', first: Number(first)};
};

export async function measureBlocks() {
  const rate = s => `, ${Math.round(LARGE_BLOCKS * BLOCK_BYTES / s / MIB)} MiB/s`;
  await withNode({}, 'bcrt', openRegtest, (teller, node) =>
    compare('blocks of a regtest node', teller, node, SMALL_BLOCKS, {share: SHARE}));
  const main = {btc_scanner: {network: 'main'}};
  await withNode(main, 'bc', openLarge([]), (teller, node) =>
    compare('blocks of 1.6 MB', teller, node, LARGE_BLOCKS, {share: SHARE, unit: rate}));
  // A node that costs next to nothing leaves the scanner's own work: each transaction hashed twice,
  // the merkle root, each output looked up, where curl throws away what it gets.
  await withNode(main, 'bc', openLarge(['--ready']), (teller, node) =>
    compare('the same, hex ready: the scanner alone', teller, node, LARGE_BLOCKS, {share: SHARE, unit: rate}));
  await withNode(main, 'bc', openLarge(['--ready']), compareWatched);
}
