// GET /api/backup: what it costs, and what it meets: two at once, clients that go away, a disk that is full before the
// copy or in the middle of it; and a service that starts on the copy.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {createWriteStream, mkdirSync, readFileSync, readdirSync, statSync, truncateSync} from 'node:fs';
import http from 'node:http';
import {once} from 'node:events';
import path from 'node:path';
import {pipeline} from 'node:stream/promises';
import {test} from 'node:test';
import {query} from './lib/db.mjs';
import {btcPool, customer} from './lib/files.mjs';
import {Hold} from './lib/hold.mjs';
import {request} from './lib/http.mjs';
import {Process} from './lib/process.mjs';
import {BIN, DAEMONS, Teller} from './lib/teller.mjs';
import {until} from './lib/wait.mjs';
import {World} from './lib/world.mjs';

const MANY = 60000;    // some 40 MB

const sql = (file, text) => execFileSync('sqlite3', ['-cmd', '.timeout 60000', file, text]).toString().trim();
const residentKb = pid => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
const open = async teller => {
  const req = http.get(`${teller.admin}/api/backup`, {agent: false});
  const [res] = await once(req, 'response');
  return {req, res};
};
// Files that a copy may leave behind.
const copies = teller => readdirSync(teller.dir, {recursive: true}).filter(name => /copy-/.test(name));

const fill = teller => sql(teller.file('teller.db'), `
  PRAGMA foreign_keys = OFF;
  WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < ${MANY})
  INSERT INTO deposit (id, coin, txid, n, address, sky_address, binding_seq, buy_method, value, height, rate, to_send, state,
    payout_txid, sent, error, created_at, updated_at)
  SELECT n, 'BTC', hex(zeroblob(30)) || n, 0, 'address' || n, '${customer(0)}', 1, 'direct', '1', 1, '500', 1, 'done', 'paid' || n, 1, '',
    1, 1 FROM i;
  INSERT OR REPLACE INTO deposit_count (coin, state, count) VALUES ('BTC', 'done', ${MANY});`);

test('backup: constant memory, one at a time, slow clients and such that go away, a service on the copy', async suite => {
  const pool = btcPool(2);
  const {teller} = await World.dummy(suite, {pool});
  const hold = new Hold(teller, 'store.backup.step');
  hold.letGo();
  await teller.startAll();
  await teller.restart('apid', hold.env);
  await teller.ready();
  const address = await teller.bind(customer(0));
  fill(teller);
  const {pid} = teller.daemons.apid;
  await request(`${teller.public}/api/config`);
  const before = residentKb(pid);

  // A slow client holds nobody up, and a second copy can be made while it reads the first.
  const slow = await open(teller);
  assert.equal(slow.res.statusCode, 200);
  slow.res.pause();
  assert.deepEqual(copies(teller), [], 'the copy has no name any more');
  assert.equal((await request(`${teller.public}/api/config`)).status, 200);
  // A reader that is left in the log keeps it from being emptied.
  await until('the log to be empty', () => sql(teller.file('teller.db'), 'PRAGMA wal_checkpoint(TRUNCATE);') === '0|0|0');

  // Who asks while a copy is made is told to wait; both ways the service goes on.
  hold.close();
  const one = request(`${teller.admin}/api/backup`);
  await until('the copy to begin', () => copies(teller).length === 1);
  const two = await request(`${teller.admin}/api/backup`);
  assert.deepEqual([two.status, two.text, two.headers['retry-after']], [503, 'another backup is being made: try again in 10 seconds\n', '10']);
  assert.equal((await request(`${teller.public}/api/config`)).status, 200);
  hold.letGo();
  assert.equal((await one).status, 200);

  // Clients that go away, before and in the middle of the answer.
  const early = http.get(`${teller.admin}/api/backup`, {agent: false}).on('error', () => {});
  await once(early, 'socket');
  early.destroy();
  await until('the next one to be made', async () => {
    const {req, res} = await open(teller);
    if (res.statusCode === 200) await once(res, 'data');
    req.on('error', () => {}).destroy();
    return res.statusCode === 200;
  });

  const other = await Teller.create({pool, conf: {dummy: {scanner: true, sender: true}}});
  suite.after(async () => { await other.stopAll(); other.remove(); });
  slow.res.resume();
  await pipeline(slow.res, createWriteStream(other.file('teller.db')));
  assert.equal(statSync(other.file('teller.db')).size, Number(slow.res.headers['content-length']));
  assert.ok(residentKb(pid) - before < 8192, `${residentKb(pid) - before} KiB more than before`);
  await until('files to be let go', () => execFileSync('ls', ['-l', `/proc/${pid}/fd`]).toString().split('(deleted)').length <= 1);
  assert.deepEqual(copies(teller), []);

  assert.deepEqual(await query(other.file('teller.db'), 'PRAGMA integrity_check'), [{integrity_check: 'ok'}]);
  await other.startAll();
  await other.pretendDeposit({address, satoshi: 200000, tx: 'after the disaster'});
  await until('the deposit', async () => (await other.statuses(customer(0))).some(s => s.status === 'waiting_confirm'));
});

// apid with a disk of its own, of `size`, below its copies: a mount that only it sees, gone with it.
function startOnSmallDisk(teller, size) {
  if (process.getuid() !== 0) throw new Error('this test must run as root: it mounts a small disk (unshare, mount)');
  const folder = teller.file('backup');
  mkdirSync(folder, {mode: 0o700});
  const mounted = 'mount -t tmpfs -o size="$1",mode=0700 none "$2" && shift 2 && exec "$@"';
  teller.daemons.apid = new Process('apid', 'unshare', ['-m', '--propagation', 'private', 'sh', '-c', mounted, 'sh', size, folder,
    path.join(BIN, 'apid'), '--dir', teller.dir, '--config', teller.file('teller.ini')], {log: teller.file('apid.log')});
  const {pid} = teller.daemons.apid;
  return {
    files: () => readdirSync(`/proc/${pid}/root${folder}`),
    grow: to => execFileSync('nsenter', ['-t', String(pid), '-m', 'mount', '-o', `remount,size=${to}`, folder]),
  };
}

test('backup: a disk that is full in the middle of the copy is told, and nothing is left on it', async suite => {
  const {teller} = await World.dummy(suite);
  for (const name of DAEMONS) if (name !== 'apid') teller.start(name);
  const disk = startOnSmallDisk(teller, '4m');
  await teller.ready();
  fill(teller);
  for (let i = 1; i <= 2; i++) {
    const r = await request(`${teller.admin}/api/backup`, {timeoutMs: 60000});
    assert.equal(r.status, 500);
    assert.match(r.text, /^backup failed: cannot copy database '.*' to '.*': database or disk is full\n$/);
    assert.deepEqual(disk.files(), [], 'no litter');
    assert.equal(teller.log('apid').match(/ error apid backup_failed error="cannot copy database .* disk is full"/g)?.length, i);
  }
  assert.notEqual(await teller.bind(customer(1)), '', 'the sale goes on');
  assert.equal((await teller.health()).status, 'OK');
  // Nothing of the failures stays: with room there is a copy.
  disk.grow('256m');
  assert.equal((await request(`${teller.admin}/api/backup`, {timeoutMs: 60000})).status, 200);
  assert.deepEqual(disk.files(), []);
  assert.match(teller.log('apid'), / info apid backup_made bytes=\d{7,}/);
});

test('backup: a disk without room is told, and a log that grows', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  await teller.bind(customer(0));
  await teller.isWell();
  // As if the log were larger than the disk: a file with a hole.
  truncateSync(teller.file('teller.db-wal'), 2 ** 42);
  const r = await request(`${teller.admin}/api/backup`);
  assert.equal(r.status, 500);
  assert.match(r.text, /^backup failed: a copy may need 4194304 MiB, and \d+ MiB are free, of which 128 must stay free: make room\n$/);
  await until('health to tell of the log', async () => {
    const {problems} = await teller.health();
    assert.deepEqual(problems.map(p => [p.component, p.daemon, p.customers]), [['database', 'exchangerd', 'nothing for now']]);
    assert.deepEqual((await teller.problems()).map(p => p.what), ['wal']);
    return true;
  });
  assert.notEqual(await teller.bind(customer(1)), '', 'the sale goes on');
});
