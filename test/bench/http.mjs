// What apid answers a second over HTTP at 64 connections, in turns with libmicrohttpd answering a
// constant; status while the database is small and large.
import {execFile, execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {freePorts} from '../e2e/lib/ports.mjs';
import {btcAddress, lines, skyAddress} from './addresses.mjs';
import {figure, median} from './report.mjs';
import {withTeller} from './service.mjs';

const CONNECTIONS = 64, ROUNDS = 5, WINDOW = '1s';
const SCRIPT = fileURLToPath(new URL('get.lua', import.meta.url));
const DEPOSITS = 1000000;
const CONF = {dummy: {scanner: true, sender: true}, teller: {max_bound_addrs: 0}, web: {throttle_duration: 0}};

async function wrk(url) {
  const {stdout} = await promisify(execFile)('wrk', ['-t2', `-c${CONNECTIONS}`, `-d${WINDOW}`, '-s', SCRIPT, url]);
  const r = JSON.parse(/^RESULT (.*)$/m.exec(stdout)[1]);
  if (r.refused || r.broken) throw new Error(`${url}: ${stdout}`);
  return {...r, perSecond: r.requests / r.us * 1e6};
}

async function constant(bytes) {
  const [port] = await freePorts(1);
  const child = spawn(path.resolve('build/test/bench/http_constant'), [port, bytes], {stdio: ['ignore', 'pipe', 'inherit']});
  await once(child.stdout, 'data');
  return {url: `http://127.0.0.1:${port}/`, stop: () => child.kill('SIGKILL')};
}

// Each URL in turn, several times over, so that what else the machine does meets all of them.
async function inTurns(urls) {
  const rounds = Object.fromEntries(Object.keys(urls).map(k => [k, []]));
  for (const url of Object.values(urls)) await wrk(url);
  for (let i = 0; i < ROUNDS; i++)
    for (const [name, url] of Object.entries(urls)) rounds[name].push(await wrk(url));
  return Object.fromEntries(Object.entries(rounds).map(([name, list]) => [name,
    {value: median(list.map(r => r.perSecond)), p99: median(list.map(r => r.p99_us)) / 1000, list}]));
}

// The median of the rounds' ratios: both were measured within the same seconds.
const share = (a, b) => median(a.list.map((r, i) => r.perSecond / b.list[i].perSecond)) * 100;

async function measureSpeed(teller, customer) {
  const config = await (await fetch(`${teller.public}/api/config`)).text();
  const yard = await constant(config.length);
  try {
    const r = await inTurns({yard: yard.url, config: `${teller.public}/api/config`,
      status: `${teller.public}/api/status?skyaddr=${customer}`, health: `${teller.public}/api/health`});
    for (const [name, least] of [['config', 70], ['status', 70], ['health', 50]]) {
      const y = {what: 'libmicrohttpd, a constant', value: r.yard.value, unit: '/s'};
      figure({what: `GET /api/${name}`, value: share(r[name], r.yard), unit: '% of it', target: least, yard: y, note: `${Math.round(r[name].value)} /s`});
      figure({what: `GET /api/${name}, p99`, value: r[name].p99, unit: 'ms', target: 10, most: true,
        yard: {what: 'p99 of the constant', value: r.yard.p99, unit: 'ms'}});
    }
  } finally {
    yard.stop();
  }
}

// Deposits of other customers' bindings, as exchangerd would have written them.
function fill(teller, count, from) {
  execFileSync('sqlite3', [teller.file('teller.db')], {input: `
    PRAGMA synchronous = OFF;
    BEGIN;
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
    INSERT INTO deposit (id, coin, txid, n, address, sky_address, binding_seq, buy_method, value, height, rate, to_send, state, sent, created_at, updated_at)
      SELECT ${from} + i, 'BTC', printf('%064x', (${from} + i) * 2654435761), 0, b.address, b.sky_address, b.seq, 'direct', '100000', 100, '500', 500000000, 'done', 500000000, 1700000000 + i, 1700000000 + i
      FROM n JOIN binding b ON b.seq = 6 + i % ((SELECT max(seq) FROM binding) - 6);
    COMMIT; PRAGMA wal_checkpoint(TRUNCATE);`});
}

async function measureLarge(teller, customer) {
  const url = `${teller.public}/api/status?skyaddr=${customer}&n=`;
  const few = median((await inTurns({few: url})).few.list.map(r => r.perSecond));
  await teller.stopAll();
  fill(teller, DEPOSITS, 1000);
  await teller.startAll();
  await teller.ready();
  const many = (await inTurns({many: url})).many;
  figure({what: `status, ${DEPOSITS.toLocaleString('en-US')} deposits`, value: many.value, unit: '/s', target: 0.9 * few,
    yard: {what: 'with a hundred', value: few, unit: '/s'}, note: `p99 ${many.p99.toFixed(1)} ms`});
}

export async function measureHttp() {
  await withTeller(CONF, async teller => {
    writeFileSync(teller.file('btc_addresses.txt'), lines(500, n => btcAddress('bcrt', n)));
    await teller.startAll();
    const customer = skyAddress(0);
    for (let i = 0; i < 5; i++) await teller.bind(customer);
    for (let i = 1; i < 100; i++) await teller.bind(skyAddress(i));
    await measureSpeed(teller, customer);
    await teller.stopAll();
    fill(teller, 100, 0);
    await teller.startAll();
    await teller.ready();
    await measureLarge(teller, customer);
  });
}
