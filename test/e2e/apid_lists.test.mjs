// Lists of the operator's API: filters, pages, CSV, accounts by day, one deposit with its history,
// metrics; and what a long list costs.
import assert from 'node:assert/strict';
import {execFileSync, spawn} from 'node:child_process';
import {readFileSync, statSync} from 'node:fs';
import http from 'node:http';
import {once} from 'node:events';
import {test} from 'node:test';
import {customer} from './lib/files.mjs';
import {request} from './lib/http.mjs';
import {until} from './lib/wait.mjs';
import {World} from './lib/world.mjs';

const DAY = 86400;
const FIRST = 1767225600;    // 2026-01-01
const MANY = 20000;

const sql = (teller, text) => execFileSync('sqlite3', ['-cmd', '.timeout 60000', teller.file('teller.db'), text]);
const get = (teller, path) => request(`${teller.admin}${path}`, {timeoutMs: 60000});

// Deposits that nobody made: one a minute from 2026-01-01 on, every fourth of them of an error.
const fill = (teller, count) => sql(teller, `
  PRAGMA foreign_keys = OFF;
  WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < ${count})
  INSERT INTO deposit (id, coin, txid, n, address, sky_address, binding_seq, buy_method, value, height, rate, to_send, state,
    payout_txid, sent, error, created_at, updated_at)
  SELECT n, 'BTC', 'tx' || n, 0, 'address' || n, '${customer(0)}', 1, 'direct', '100000001', 1, '500', 500000000, 'done', 'paid' || n,
    500000000, CASE WHEN n % 4 = 0 THEN '=cmd("x"), it said' ELSE '' END, ${FIRST} + n * 60, ${FIRST} + n * 60 FROM i;
  INSERT OR REPLACE INTO deposit_count (coin, state, count, errored) VALUES ('BTC', 'done', ${count}, ${Math.floor(count / 4)});`);

test('lists of many deposits: filters, pages, CSV, accounts', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  fill(teller, MANY);
  const seqs = async query => {
    const r = await get(teller, `/api/deposits${query}`);
    assert.equal(r.status, 200, r.text);
    return [r.json.deposits.map(d => d.seq), r.json.next];
  };
  assert.deepEqual(await seqs('?limit=3'), [[1, 2, 3], 3]);
  assert.deepEqual(await seqs('?limit=3&after=3'), [[4, 5, 6], 6]);
  assert.deepEqual(await seqs('?limit=3&offset=10'), [[11, 12, 13], 13]);
  assert.deepEqual(await seqs(`?limit=3&offset=${MANY - 2}`), [[MANY - 1, MANY], undefined]);
  assert.deepEqual(await seqs(`?limit=3&after=${MANY - 3}`), [[MANY - 2, MANY - 1, MANY], undefined]);
  assert.deepEqual(await seqs(`?after=${MANY}`), [[], undefined]);
  assert.deepEqual(await seqs('/errored?limit=2'), [[4, 8], 8]);
  assert.deepEqual(await seqs('?txid=tx17'), [[17], undefined]);
  assert.deepEqual(await seqs('?txid=paid18'), [[18], undefined]);
  assert.deepEqual(await seqs(`?since=${FIRST + (MANY - 1) * 60}`), [[MANY - 1, MANY], undefined]);
  assert.deepEqual(await seqs(`?until=${FIRST + 120}`), [[1, 2], undefined]);
  assert.deepEqual(await seqs('?since=2026-01-02&limit=1'), [[1440], 1440]);
  assert.deepEqual(await seqs(`?sky_address=${customer(0)}&limit=1`), [[1], 1]);
  assert.deepEqual(await seqs(`?sky_address=${customer(1)}`), [[], undefined]);
  assert.deepEqual(await seqs('?status=waiting_send'), [[], undefined]);

  // The newest first: page after page, one back, none left out at the end.
  assert.deepEqual(await seqs('?order=desc&limit=3'), [[MANY, MANY - 1, MANY - 2], MANY - 2]);
  assert.deepEqual(await seqs(`?order=desc&limit=3&after=${MANY - 2}`), [[MANY - 3, MANY - 4, MANY - 5], MANY - 5]);
  assert.deepEqual(await seqs(`?order=asc&limit=3&after=${MANY - 3}`), [[MANY - 2, MANY - 1, MANY], undefined]);
  assert.deepEqual(await seqs(`?order=desc&limit=2&offset=${MANY - 3}`), [[3, 2], 2]);
  assert.deepEqual(await seqs('?order=desc&limit=2&after=3'), [[2, 1], undefined]);
  assert.deepEqual(await seqs('/errored?order=desc&limit=2'), [[MANY, MANY - 4], MANY - 4]);
  assert.deepEqual(await seqs(`?order=desc&sky_address=${customer(0)}&limit=1`), [[MANY], MANY]);
  assert.deepEqual(await seqs(`?order=desc&until=${FIRST + 120}`), [[2, 1], undefined]);
  const newest = (await get(teller, '/api/deposits.csv?order=desc&limit=1')).text.split('\r\n')[1];
  assert.ok(newest.startsWith(`${MANY},`), newest);

  const none = {deposits: 0, errored: 0}, all = {deposits: MANY, errored: MANY / 4};
  assert.deepEqual((await get(teller, '/api/deposits/counts')).json, {
    by_status: {waiting_decide: none, waiting_passthrough: none, waiting_passthrough_order_complete: none, waiting_send: none,
      waiting_confirm: none, done: all, waiting_deposit: none},
    by_coin: {BTC: all, ETH: none, SKY: none}, ...all});
  assert.equal((await teller.health()).exchange.deposit_error_count, MANY / 4);

  for (const [query, text] of [['limit=0', 'limit'], ['limit=x', 'limit'], ['limit=-1', 'limit'], ['offset=1.5', 'offset'],
    ['after=99999999999999999999', 'after'], ['since=yesterday', 'since'], ['until=2026-02-30', 'until'], ['status=paid', 'status'], ['order=newest', 'order'],
    ['since=2026-01-02&until=2026-01-01', 'since: it is after until'], ['sky_address=abc', 'sky_address: Invalid address length'],
    ['deposit_address=abc', 'deposit_address'], [`txid=${'a'.repeat(200)}`, 'txid']])
    for (const path of ['/api/deposits', '/api/deposits.csv']) {
      const r = await get(teller, `${path}?${query}`);
      assert.deepEqual([r.status, r.text], [400, `Invalid ${text}\n`], query);
    }

  const csv = await get(teller, '/api/deposits.csv?limit=4');
  assert.equal(csv.headers['content-type'], 'text/csv; charset=utf-8; header=present');
  const lines = csv.text.split('\r\n');
  assert.equal(lines.length, 6);
  assert.ok(lines[0].startsWith('seq,recorded_at,updated_at,status,coin_type,deposit_value,sky_sent,'));
  assert.ok(lines[1].startsWith('1,2026-01-01T00:01:00Z,2026-01-01T00:01:00Z,done,BTC,1.00000001,500.000000,'), lines[1]);
  assert.ok(lines[4].endsWith(`,paid4,"'=cmd(""x""), it said"`), lines[4]);
  assert.equal(lines[5], '');

  const last = Math.ceil((MANY + 1) / 1440);
  const {periods} = (await get(teller, '/api/accounting?period=day')).json;
  assert.equal(periods.length, last);
  assert.deepEqual(periods[1], {period: '2026-01-02', deposits: 1440, sent: '720000.000000',
    received: {BTC: '1440.00001440', ETH: '0.000000000000000000', SKY: '0.000000'}});
  assert.equal(periods.reduce((sum, p) => sum + p.deposits, 0), MANY);
  assert.deepEqual((await get(teller, '/api/accounting?period=month')).json.periods.map(p => p.period), ['2026-01']);
  assert.deepEqual((await get(teller, '/api/accounting?period=day&from=2026-01-02&to=2026-01-03')).json.periods.map(p => p.period),
    ['2026-01-02', '2026-01-03']);
  assert.equal((await get(teller, '/api/accounting?from=2026-01-02&to=2026-01-02')).json.periods[0].deposits, 1440);
  assert.equal((await get(teller, '/api/accounting?period=week')).text, 'Invalid period\n');
  assert.ok((await get(teller, '/api/accounting.csv')).text.startsWith(
    'period,deposits,sent_SKY,received_BTC,received_ETH,received_SKY\r\n2026-01-01,1439,719500.000000,1439.00001439,'));
  assert.deepEqual(await teller.accounting(), {sent: `${MANY * 500}.000000`,
    received: {BTC: '20000.00020000', ETH: '0.000000000000000000', SKY: '0.000000'}});
});

const residentKb = pid => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

// Takes a whole list; each(bytes) is told how much has come, and nothing more is read until it is done.
// Answers how many bytes there were.
async function readList(url, each) {
  const req = http.get(url, {agent: false});
  const [res] = await once(req, 'response');
  let bytes = 0;
  for await (const part of res) await each(bytes += part.length);
  return bytes;
}

test('a long list costs no memory, pins no log and keeps nobody waiting', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  fill(teller, MANY);
  const {pid} = teller.daemons.apid;
  await get(teller, '/api/deposits?limit=100');
  const before = residentKb(pid);
  let most = 0, served = 0, emptied;
  const bytes = await readList(`${teller.admin}/api/deposits`, async n => {
    most = Math.max(most, residentKb(pid));
    // In the middle of the list the log can be emptied: no read of apid's is open.
    if (n > 1e6) emptied ??= sql(teller, 'PRAGMA wal_checkpoint(TRUNCATE);').toString().trim();
    if (n < (served + 1) * 5e5) return;
    assert.equal((await request(`${teller.public}/api/config`)).status, 200);
    served++;
  });
  assert.ok(bytes > MANY * 800, `${bytes} bytes`);
  assert.ok(most - before < 4096, `${most - before} KiB more than before`);
  assert.equal(emptied.split('|')[0], '0', 'the log could not be emptied');
  assert.ok(served > 20, `${served} customers were served meanwhile`);

  // Clients that go away in the middle leave nothing behind.
  for (let i = 0; i < 5; i++) {
    const req = http.get(`${teller.admin}/api/deposits`, {agent: false}).on('error', () => {});
    const [res] = await once(req, 'response');
    await once(res, 'data');
    req.destroy();
  }
  await until('memory to be given back', () => residentKb(pid) - before < 4096);
});

// nginx asks in HTTP/1.0 unless it is told not to: there the end of the connection is that of the list, and
// half a CSV would pass for a whole one.  (curl, because node's sockets may take a reset for an end.)
test('a list that is cut off does not end as a whole one does, in HTTP/1.0 either', async suite => {
  const {teller} = await World.dummy(suite);
  teller.start('exchangerd');
  teller.start('apid');
  await until('apid to answer', async () => (await get(teller, '/api/health')).status === 200);
  fill(teller, MANY);
  for (const rate of ['6M', '100M']) {
    const file = teller.file(`list-${rate}`);
    const curl = spawn('curl', ['-sN', '--http1.0', '--limit-rate', rate, '-o', file, `${teller.admin}/api/deposits`], {stdio: 'ignore'});
    const ended = once(curl, 'exit');
    await until('the list to come', () => statSync(file).size > 0);
    await teller.stop('apid');
    const [status] = await ended, end = readFileSync(file, 'utf8').slice(-40);
    assert.ok(status > 0 || status === 0 && end.endsWith('\n    ]\n}'), `${rate}: ${status}, ${end}`);
    teller.start('apid');
    await until('apid to answer again', async () => (await get(teller, '/api/health')).status === 200);
  }
});

test('one deposit with its history, and metrics', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  const address = await teller.bind(customer(0));
  await teller.pretendDeposit({address, satoshi: 200000, tx: 'a:b', n: 1});
  const done = async () => {
    const [d] = await teller.deposits();
    if (d?.status === 'waiting_confirm') await teller.pretendConfirmation(d.txid);
    return d?.status === 'done';
  };
  await until('the sale to be done', done);

  const {json} = await get(teller, '/api/deposit?deposit_id=a:b:1');
  assert.deepEqual(Object.keys(json), ['deposit', 'state', 'deposit_coins', 'sky_owed', 'left_chain', 'recorded_at', 'payout', 'history']);
  assert.deepEqual([json.deposit.seq, json.state, json.deposit_coins, json.sky_owed, json.payout.state],
    [1, 'done', '0.00200000', '1.000000', 'confirmed']);
  assert.deepEqual(json.history.map(h => [h.step, h.from, h.to]).at(0), [1, '', 'waiting_decide']);
  assert.equal(json.history.at(-1).to, 'done');
  assert.ok(json.history.every(h => h.why !== '' && h.at > 1e9));
  assert.deepEqual((await get(teller, '/api/deposit?seq=1')).json, json);
  for (const [query, status, text] of [['', 400, 'Missing deposit_id'], ['?deposit_id=x', 400, 'Invalid deposit_id'],
    ['?deposit_id=a:b:2', 404, 'There is no such deposit'], ['?seq=0', 400, 'Invalid seq'], ['?seq=2', 404, 'There is no such deposit'],
    ['?deposit_id=a:b:1&coin_type=ETH', 404, 'There is no such deposit'], ['?deposit_id=a:b:1&coin_type=x', 400, 'Invalid coin_type']]) {
    const r = await get(teller, `/api/deposit${query}`);
    assert.deepEqual([r.status, r.text], [status, `${text}\n`], query);
  }

  await request(`${teller.public}/api/nothing`);
  const r = await until('metrics of all daemons', async () => (m => !/^teller_up.* 0$/m.test(m.text) && m)(await get(teller, '/metrics')));
  assert.deepEqual([r.status, r.headers['content-type']], [200, 'text/plain; version=0.0.4; charset=utf-8']);
  for (const line of ['teller_up{daemon="scannerd"} 1', 'teller_deposits{coin="BTC",state="done"} 1',
    'teller_http_requests_total{listener="public",route="/api/bind",status="200"} 1',
    'teller_http_requests_total{listener="public",route="other",status="404"} 1',
    'teller_http_request_seconds_count{listener="public",route="/api/bind"} 1'])
    assert.ok(r.text.includes(`${line}\n`), `${line} in\n${r.text}`);
  assert.match(r.text, /^teller_wallet_sky \d+\.\d{6}$/m);
  assert.match(r.text, /^teller_disk_free_bytes \d{6,}$/m);
  await teller.kill('senderd');
  await until('metrics to show it', async () => (await get(teller, '/metrics')).text.includes('teller_up{daemon="senderd"} 0\n'));
});
