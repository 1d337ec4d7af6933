// What an operator asks all day, with the deposits of a month and with a million over three years; and how
// long customers wait while an operator asks for what must look at all of them.
import {execFileSync} from 'node:child_process';
import {customer} from '../e2e/lib/files.mjs';
import {request} from '../e2e/lib/http.mjs';
import {figure, median} from './report.mjs';
import {withTeller} from './service.mjs';

const MANY = 1000000, DAY = 86400, DAYS = 3 * 365;
const MONTH = Math.round(MANY / DAYS * 30);
const ROUNDS = 41, WARM = 5, REST_MS = 15;      // longer than health is kept

const n = v => v.toLocaleString('en-US');

// The last `count` of the million, one in ten with an error.
const fill = (teller, count, now) => execFileSync('sqlite3', [teller.file('teller.db')], {input: `
  PRAGMA foreign_keys = OFF;
  WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < ${count})
  INSERT INTO deposit (id, coin, txid, n, address, sky_address, binding_seq, buy_method, value, height, rate, to_send, state,
    payout_txid, sent, error, created_at, updated_at)
  SELECT n, 'BTC', printf('%064x', n), 0, '1Bmp9Kv9vcbjNKfdxCrmL1Ve5n7gvkDoNp', '${customer(0)}', 1, 'direct', '200000', 500000, '500',
    1000000, 'done', printf('%064x', n), 1000000, CASE WHEN n % 10 THEN '' ELSE 'Skycoin send amount is 0' END,
    ${now} - (${count} - n) * ${DAYS * DAY} / ${MANY}, ${now} - (${count} - n) * ${DAYS * DAY} / ${MANY} FROM i;
  INSERT OR REPLACE INTO deposit_count (coin, state, count, errored) VALUES ('BTC', 'done', ${count}, ${Math.floor(count / 10)});
  PRAGMA wal_checkpoint(TRUNCATE);`});

const day = (now, ago) => new Date((now - ago * DAY) * 1000).toISOString().slice(0, 10);
// What the operator's page asks when it is opened, and what watches the service.
const asked = now => [['GET /metrics', '/metrics'], ['GET /api/health', '/api/health'], ['page: daemons', '/api/daemons'], ['page: counts', '/api/deposits/counts'],
  ['page: newest deposits', `/api/deposits?order=desc&limit=50&since=${now - 7 * DAY}`], ['page: a month by day', `/api/accounting?period=day&from=${day(now, 29)}`]];

async function timed(url) {
  const started = performance.now();
  const r = await request(url, {timeoutMs: 60000});
  if (r.status !== 200) throw new Error(`${url}: ${r.status} ${r.text}`);
  return performance.now() - started;
}

async function measureAsked(teller, now) {
  const of = {};
  for (const [what, path] of asked(now)) {
    const times = [];
    for (let i = 0; i < ROUNDS; i++) {
      times.push(await timed(teller.admin + path));
      await new Promise(yes => setTimeout(yes, REST_MS));
    }
    of[what] = median(times.slice(WARM));
  }
  return of;
}

// How long customers wait, one after the other, until `path` is answered (or for `ms`, without it).
async function waits(teller, path, ms) {
  const all = [];
  let running = true;
  const over = path ? timed(teller.admin + path) : new Promise(yes => setTimeout(() => yes(ms), ms));
  const customers = (async () => {
    while (running) all.push(await timed(`${teller.public}/api/config`));
  })();
  const took = await over;
  running = false;
  await customers;
  all.sort((a, b) => a - b);
  return {p95: all[Math.floor(all.length * 0.95)], most: all.at(-1), took, served: all.length};
}

async function measureWaits(teller, now) {
  const heavy = [['accounting.csv', '/api/accounting.csv'], ['the sums of all', '/api/accounting'], ['the last by offset', `/api/deposits?offset=${MANY - 1}`],
    ['none of all by time', `/api/deposits.csv?until=${now - 2 * DAYS * DAY}`], ['none of the errored', `/api/deposits/errored?until=${now - 2 * DAYS * DAY}`]];
  for (const [what, path] of heavy) {
    const r = await waits(teller, path);
    const quiet = await waits(teller, null, r.took);
    figure({what: `customers beside ${what}, ${n(MANY)} deposits, p95`, value: r.p95, unit: 'ms', target: 10, most: true,
      yard: {what: 'with nothing beside them', value: quiet.p95, unit: 'ms'},
      note: `at most ${r.most.toFixed(0)} ms (${quiet.most.toFixed(0)}); ${n(r.served)} served in the ${(r.took / 1000).toFixed(2)} s that it takes`});
  }
}

export async function measureAdminLarge() {
  const now = Math.floor(Date.now() / 1000);
  const with_ = (count, body) => withTeller({dummy: {scanner: true, sender: true}}, async teller => {
    await teller.startAll();
    await teller.stopAll();
    fill(teller, count, now);
    await teller.startAll();
    return body(teller);
  });
  const few = await with_(MONTH, teller => measureAsked(teller, now));
  await with_(MANY, async teller => {
    const many = await measureAsked(teller, now);
    for (const [what, ms] of Object.entries(many))
      figure({what: `${what}, ${n(MANY)} deposits`, value: ms, unit: 'ms', target: few[what] * 1.5 + 0.5, most: true,
        yard: {what: `with ${n(MONTH)}`, value: few[what], unit: 'ms'}});
    await measureWaits(teller, now);
  });
}
