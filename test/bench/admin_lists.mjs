// The operator's lists at their longest: how much memory apid takes for them, how long they take beside
// sqlite3 reading the same rows, and how long customers wait meanwhile.
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import http from 'node:http';
import {once} from 'node:events';
import {customer} from '../e2e/lib/files.mjs';
import {request} from '../e2e/lib/http.mjs';
import {figure} from './report.mjs';
import {withTeller} from './service.mjs';

const DEPOSITS = 100000;
const ADDRESSES = 400000;

const sqlite = (teller, text, more = []) => execFileSync('sqlite3', [...more, '-cmd', '.timeout 60000', teller.file('teller.db'), text],
  {maxBuffer: 1 << 30});
const residentMb = pid => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

const fill = teller => sqlite(teller, `
  PRAGMA foreign_keys = OFF;
  WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < ${DEPOSITS})
  INSERT INTO deposit (id, coin, txid, n, address, sky_address, binding_seq, buy_method, value, height, rate, to_send, state,
    payout_txid, sent, error, created_at, updated_at)
  SELECT n, 'BTC', printf('%064x', n), 0, '1Bmp9Kv9vcbjNKfdxCrmL1Ve5n7gvkDoNp', '${customer(0)}', 1, 'direct', '200000', 500000, '500',
    1000000, 'done', printf('%064x', n), 1000000, '', 1700000000 + n, 1700000000 + n FROM i;
  INSERT OR REPLACE INTO deposit_count (coin, state, count) VALUES ('BTC', 'done', ${DEPOSITS});
  WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < ${ADDRESSES})
  INSERT INTO address_pool (coin, address, seq, bound) SELECT 'ETH', printf('0x%040x', n), n, 1 FROM i;`);

// Takes the whole list; answers its size, the time, the most memory, the slowest of customers' requests meanwhile.
async function take(teller, path) {
  const {pid} = teller.daemons.apid;
  const started = performance.now();
  const [res] = await once(http.get(`${teller.admin}${path}`, {agent: false}), 'response');
  let bytes = 0, most = 0, slowest = 0, running = true;
  const customers = (async () => {
    while (running) {
      const t = performance.now();
      await request(`${teller.public}/api/config`);
      slowest = Math.max(slowest, performance.now() - t);
    }
  })();
  for await (const part of res) {
    bytes += part.length;
    most = Math.max(most, residentMb(pid));
  }
  const seconds = (performance.now() - started) / 1000;
  running = false;
  await customers;
  return {bytes, seconds, most, slowest};
}

async function measure(teller, what, path, rows) {
  const {pid} = teller.daemons.apid;
  await take(teller, '/api/deposits?limit=100');
  const before = residentMb(pid);
  const began = performance.now();
  sqlite(teller, rows, ['-json']);
  const yard = (performance.now() - began) / 1000;
  const r = await take(teller, path);
  const note = `${(r.bytes / 1e6).toFixed(0)} MB of JSON, customers waited ${r.slowest.toFixed(0)} ms at most`;
  figure({what: `${what}: memory`, value: Math.max(0, r.most - before), unit: 'MB', target: 4, most: true, note});
  figure({what: `${what}: time`, value: r.seconds, unit: 's', yard: {what: 'sqlite3 -json', value: yard, unit: 's'}});
}

export async function measureAdminLists() {
  await withTeller({dummy: {scanner: true, sender: true}}, async teller => {
    await teller.startAll();
    fill(teller);
    await measure(teller, `admin list of ${DEPOSITS.toLocaleString('en-US')} deposits`, '/api/deposits', 'SELECT * FROM deposit');
    await measure(teller, `admin list of ${ADDRESSES.toLocaleString('en-US')} bound addresses`, '/api/deposit-addresses',
      'SELECT address FROM address_pool');
  });
}
