// Binds a second over HTTP at 64 connections: with nothing bound, and with 200,000 bound.
import {execFile} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {btcAddress, lines, skyAddress} from './addresses.mjs';
import {figure, median} from './report.mjs';
import {withTeller} from './service.mjs';
import {yardstick} from './yardsticks.mjs';

const SCRIPT = fileURLToPath(new URL('bind.lua', import.meta.url));
const CONNECTIONS = 64;
const WINDOWS = 3;              // of a second each, after one to warm up
const POOL = 400000;
const CUSTOMERS = 60000;
const BOUND = 200000;

async function wrk(teller) {
  const {stdout} = await promisify(execFile)('wrk', ['-t2', `-c${CONNECTIONS}`, '-d1s', '-s', SCRIPT,
    teller.public, '--', teller.file('customers.txt')]);
  const r = JSON.parse(/^RESULT (.*)$/m.exec(stdout)[1]);
  if (r.refused || r.broken) throw new Error(`binds failed: ${stdout}`);
  return {...r, perSecond: r.requests / r.us * 1e6};
}

// Every bind that was answered is in the database, to an address of its own.
async function assertBound(teller, atLeast) {
  const [{n, different}] = await teller.query('SELECT COUNT(*) AS n, COUNT(DISTINCT address) AS different FROM binding');
  if (n < atLeast || n !== different) throw new Error(`${n} bindings of ${different} addresses where ${atLeast} were answered`);
  return n;
}

async function bindsPerSecond(teller) {
  await wrk(teller);
  const windows = [];
  for (let i = 0; i < WINDOWS; i++) windows.push(await wrk(teller));
  const value = median(windows.map(w => w.perSecond));
  return {...windows.find(w => w.perSecond === value), requests: windows.reduce((s, w) => s + w.requests, 0), value};
}

const text = r => `p50 ${(r.p50_us / 1000).toFixed(1)} ms, p99 ${(r.p99_us / 1000).toFixed(1)} ms`;

export async function measureBinds(disk) {
  await withTeller({dummy: {scanner: true, sender: true}, teller: {max_bound_addrs: 0}}, async teller => {
    writeFileSync(teller.file('btc_addresses.txt'), lines(POOL, n => btcAddress('bcrt', n)));
    writeFileSync(teller.file('customers.txt'), lines(CUSTOMERS, skyAddress));
    await teller.startAll();
    const empty = await bindsPerSecond(teller);
    const bound = await assertBound(teller, empty.requests);
    await teller.stopAll();

    if (bound < BOUND) yardstick('bind', teller.file('teller.db'), BOUND - bound, teller.file('customers.txt'));
    await teller.startAll();
    const full = await bindsPerSecond(teller);
    await assertBound(teller, BOUND + full.requests);

    figure({what: 'binds, nothing bound', value: empty.value, unit: '/s', target: 5000,
      yard: {what: 'our store alone, 64 in a commit', value: disk.binds64, unit: '/s'}, note: text(empty)});
    figure({what: 'binds, 200,000 bound', value: full.value, unit: '/s', target: Math.max(5000, 0.9 * empty.value),
      yard: {what: 'fsyncs', value: disk.fsyncs, unit: '/s'}, note: text(full)});
  });
}
