// Ethereum blocks scanned a second, from the first question to the chain's tip, against one curl that
// downloads the same answers and throws them away; and with a million watched addresses against few.
import {execFile} from 'node:child_process';
import {copyFileSync, existsSync, rmSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {Process} from '../e2e/lib/process.mjs';
import {until} from '../e2e/lib/wait.mjs';
import {ethAddress, lines} from './addresses.mjs';
import {figure, median} from './report.mjs';
import {withTeller} from './service.mjs';

const NODE = fileURLToPath(new URL('eth_block_node.mjs', import.meta.url));
const BLOCKS = 1000;
const READY_BLOCKS = 500;      // their texts fill memory
const FEW = 1000;        // the blocks pay these
const MANY = 1000000;
const TIMES = 3;
const SHARE = 0.8;
const MIB = 1 << 20;

const rpc = async (node, method, params) => (await (await fetch(node.url, {method: 'POST', headers: {'content-type': 'application/json'},
  body: JSON.stringify({jsonrpc: '2.0', id: 1, method, params})})).json()).result;

const call = (node, method, params) => ['silent', 'show-error', 'fail', `url = "${node.url}"`, 'output = "/dev/null"',
  'write-out = "%{size_download}\\n"', 'header = "Content-Type: application/json"',
  `data = "${JSON.stringify({jsonrpc: '2.0', id: 1, method, params}).replaceAll('"', '\\"')}"`];

// [seconds, bytes]
async function curl(teller, node, hashes, paying) {
  const file = teller.file('curl.conf');
  const calls = hashes.flatMap((hash, i) => [call(node, 'eth_getBlockByNumber', ['0x' + (node.first + i).toString(16), true]),
    ...paying ? [call(node, 'eth_getBlockReceipts', [hash])] : []]);
  writeFileSync(file, calls.map(c => c.join('\n')).join('\nnext\n') + '\n');
  const before = performance.now();
  const {stdout} = await promisify(execFile)('curl', ['--fail-early', '-K', file]);
  return [(performance.now() - before) / 1000, stdout.trim().split('\n').reduce((sum, n) => sum + Number(n), 0)];
}

async function takePoolIn(teller, watched) {
  teller.start('exchangerd');
  await until('the pool', async () => (await teller.query("SELECT MAX(seq) AS n FROM address_pool WHERE coin = 'ETH'"))[0].n === watched);
  await teller.stop('exchangerd');
}

const starts = teller => teller.log('scannerd').split(' scan_start ').length;

// From nothing scanned to the tip; the time to load the addresses is another figure's.
async function scanSeconds(teller, node) {
  const {dir} = teller;
  for (const suffix of ['-wal', '-shm']) rmSync(`${dir}/teller.db${suffix}`, {force: true});
  copyFileSync(`${dir}/pool.db`, `${dir}/teller.db`);
  const before = existsSync(`${dir}/scannerd.log`) ? starts(teller) : 1;
  teller.start('scannerd');
  await until('the scan to start', () => starts(teller) > before);
  const begun = performance.now();
  await until('the tip', async () => (await teller.query("SELECT height FROM cursor WHERE coin = 'ETH'"))[0]?.height === node.last);
  const seconds = (performance.now() - begun) / 1000;
  await teller.stop('scannerd');
  return seconds;
}

async function openNode(teller, flags) {
  const count = flags.includes('--ready') ? READY_BLOCKS : BLOCKS;
  const p = new Process('ethereum block node', process.execPath, [NODE, String(count), ...flags], {log: teller.file('blocks.log')});
  const [, port, first] = await p.ready(/^READY port=(\d+) first=(\d+)$/m);
  return {process: p, url: `http://127.0.0.1:${port}/`, first: Number(first), count, last: Number(first) + count - 1};
}

async function withNode(flags, watched, body) {
  return withTeller({btc_scanner: {enabled: false}}, async teller => {
    writeFileSync(teller.file('eth_addresses.txt'), lines(watched, ethAddress));
    const node = await openNode(teller, flags);
    try {
      teller.configure({eth_addresses: 'eth_addresses.txt', eth_rpc: {server: node.url},
        eth_scanner: {enabled: true, initial_scan_height: node.first}, sky_exchanger: {sky_eth_exchange_rate: '100'}});
      await takePoolIn(teller, watched);
      copyFileSync(teller.file('teller.db'), teller.file('pool.db'));
      return await body(teller, node);
    } finally {
      await node.process.kill();       // nothing of it is kept
    }
  });
}

async function checkSightings(teller, expected) {
  const seen = (await teller.query("SELECT COUNT(*) AS n FROM sighting WHERE coin = 'ETH'"))[0].n;
  if (seen !== expected) throw new Error(`${seen} sightings`);
}

// Blocks a second.
async function compare(what, flags, share) {
  const paying = flags.includes('--paying');
  return withNode(flags, FEW, async (teller, node) => {
    const hashes = [];
    for (let i = 0; i < node.count; i++) hashes.push((await rpc(node, 'eth_getBlockByNumber', ['0x' + (node.first + i).toString(16), false])).hash);
    const alone = [], scanned = [];
    let bytes;
    for (let i = 0; i < TIMES; i++) {
      const [seconds, size] = await curl(teller, node, hashes, paying);
      bytes = size;
      alone.push(seconds);
      scanned.push(await scanSeconds(teller, node));
    }
    const [a, s] = [median(alone), median(scanned)];
    await checkSightings(teller, paying ? node.count : 0);
    figure({what, value: node.count / s, unit: '/s', target: share && share * node.count / a,
      yard: {what: 'curl alone', value: node.count / a, unit: '/s'}, note: `${Math.round(100 * a / s)} % of curl, ${Math.round(bytes / s / MIB)} MiB/s`});
    return node.count / s;
  });
}

async function compareMany(few) {
  await withNode(['--paying'], MANY, async (teller, node) => {
    const scanned = [];
    for (let i = 0; i < TIMES; i++) scanned.push(await scanSeconds(teller, node));
    const s = median(scanned);
    await checkSightings(teller, node.count);
    figure({what: 'the same, 1,000,000 watched', value: node.count / s, unit: '/s', target: 0.95 * few, yard: {what: 'with 1,000', value: few, unit: '/s'}});
  });
}

export async function measureEthereum() {
  await compare('ETH blocks of 200 transfers', [], SHARE);
  const few = await compare('the same, each pays: with receipts', ['--paying'], SHARE);
  await compareMany(few);
  // A node that costs nothing leaves the scanner's own work.
  await compare('the same, JSON ready: the scanner alone', ['--ready', '--paying']);
}
