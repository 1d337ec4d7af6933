// apid in its sandbox: somebody else's code in the middle of it (TELLER_INTRUDER, in test builds)
// reads what apid serves, and changes nothing; everything that apid has to do goes on.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {readdirSync, readFileSync, readlinkSync, renameSync, writeFileSync} from 'node:fs';
import {test} from 'node:test';
import {customer} from './lib/files.mjs';
import {rawRequest} from './lib/raw_http.mjs';
import {until} from './lib/wait.mjs';
import {World} from './lib/world.mjs';

const health = async teller => rawRequest(`${teller.public}/api/health`);

async function startWith(teller, tries) {
  await Promise.all(['scannerd', 'exchangerd', 'senderd'].map(n => teller.start(n)));
  await until('the other daemons', () => readdirSync(teller.file('run')).filter(n => n.endsWith('.sock')).length >= 3);
  return teller.start('apid', {TELLER_INTRUDER: tries.join(' ')});
}

// What became of each try: {'read:/x': 'EACCES'}.
async function intrude(teller, tries) {
  const outcome = () => Object.fromEntries([...teller.log('apid').matchAll(/^intruder (\S+) (\S+)$/mg)].map(m => m.slice(1)));
  await until('the intruder to have tried all', async () => {
    await health(teller).catch(() => {});
    return outcome()[tries.at(-1)];
  });
  return outcome();
}

const sqlite = (teller, sql) => execFileSync('sqlite3', ['-cmd', '.timeout 60000', teller.file('teller.db'), sql], {encoding: 'utf8'}).trim();

test('an intruder in apid changes nothing and reads only what apid serves', async suite => {
  const {teller} = await World.dummy(suite, {conf: {logfile: './teller.log', sandbox: 'required'}});
  const file = name => teller.file(name);
  writeFileSync(file('wallet.password'), 'secret\n', {mode: 0o600});
  const port = new URL(teller.public).port;
  const expected = {
    EACCES: [`write:${file('teller.db')}`, `write:${file('teller.db-wal')}`, `make:${file('new')}`, `make:${file('web/new')}`,
      `make:${file('run/new')}`, `write:${file('web/index.html')}`, `read:${file('hot.wlt')}`, `write:${file('hot.wlt')}`,
      `read:${file('wallet.password')}`, `read:${file('teller.ini')}`, `write:${file('teller.ini')}`, `read:${file('btc_addresses.txt')}`,
      `read:${file('teller.log')}`, `write:${file('teller.log')}`, `list:${teller.dir}`, 'make:/tmp/teller-new', 'read:/etc/passwd',
      'read:/etc/hostname', 'read:/proc/self/mem', 'read:/proc/self/environ', 'list:/proc', 'list:/'],
    // No socket to the internet is made any more, of whatever kind.
    ENOSYS: [`connect:${port}`, `datagram:${port}`, 'packets', 'fork', `mode:${file('teller.db')}`, `cut:${file('teller.db')}`],
    ok: [`read:${file('teller.db')}`, `read:${file('web/index.html')}`, `list:${file('web')}`],
  };
  const tries = Object.values(expected).flat();
  await startWith(teller, tries);
  const outcome = await intrude(teller, tries);
  for (const [want, of] of Object.entries(expected))
    for (const t of of) assert.equal(outcome[t], want, t);
  await until('it to be told', () => /sandbox_refused calls="[^"]+" notice=WATCH/.test(teller.log('apid') + readFileSync(file('teller.log'), 'utf8')));
  await teller.ready();
  await teller.bind(customer(0));
});

// One that is closed meanwhile is none.
function descriptor(pid, fd) {
  try {
    return {path: readlinkSync(`/proc/${pid}/fd/${fd}`),
      flags: parseInt(/flags:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))[1], 8)};
  } catch (e) {
    if (e.code !== 'ENOENT') throw e;
    return {path: '', flags: 0};
  }
}

test('no file of the database is open for writing but the one where readers say what they read', async suite => {
  const {teller} = await World.dummy(suite, {conf: {sandbox: 'required'}});
  await teller.startAll();
  await teller.ready();
  await teller.bind(customer(0));
  const {pid} = teller.daemons.apid;
  const open = {};
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    const {path, flags} = descriptor(pid, fd);
    if (path.startsWith(teller.file('teller.db'))) (open[path.slice(teller.dir.length + 1)] ??= new Set()).add(flags & 3);
  }
  assert.deepEqual(Object.fromEntries(Object.entries(open).map(([k, v]) => [k, [...v]])),
    {'teller.db': [0], 'teller.db-wal': [0], 'teller.db-shm': [2]});
});

for (const deadly of ['exec:/bin/true', 'trace:1'])
  test(`an intruder's ${deadly} ends apid on the spot; the next one goes on`, async suite => {
    const {teller} = await World.dummy(suite);
    const apid = await startWith(teller, [deadly]);
    await until('apid to be asked', async () => {
      await health(teller).catch(() => {});
      return !apid.running;
    });
    assert.deepEqual(await apid.ended, {status: null, signal: 'SIGSYS'});
    teller.start('apid');
    await teller.ready();
  });

test('without the sandbox the same intruder gets what it wants: the tries are real', async suite => {
  const {teller} = await World.dummy(suite, {conf: {sandbox: 'off'}});
  const tries = [`write:${teller.file('teller.db')}`, `read:${teller.file('hot.wlt')}`, `make:${teller.file('new')}`, 'read:/etc/passwd', `list:${teller.dir}`, 'fork'];
  await startWith(teller, tries);
  const outcome = await intrude(teller, tries);
  for (const t of tries) assert.equal(outcome[t], 'ok', t);
});

test('all goes on inside: pages, backups, checkpoints, a new log, daemons that come and go', async suite => {
  const {teller} = await World.dummy(suite, {conf: {logfile: './teller.log', pidfile: 'teller.pid', sandbox: 'required'}});
  await teller.startAll();
  await teller.ready();
  const log = () => readFileSync(teller.file('teller.log'), 'utf8');
  for (let i = 0; i < 3; i++) {
    // apid may not have seen yet that exchangerd is back.
    await until('an address', () => teller.bind(customer(i)).catch(() => false));
    assert.equal((await rawRequest(`${teller.public}/`)).status, 200);
    const backup = await rawRequest(`${teller.admin}/api/backup`);
    assert.equal(backup.status, 200, backup.body);
    writeFileSync(teller.file(`copy-${i}.db`), backup.bytes);
    assert.equal(execFileSync('sqlite3', [teller.file(`copy-${i}.db`), 'PRAGMA integrity_check; SELECT count(DISTINCT sky_address) FROM binding'], {encoding: 'utf8'}), `ok\n${i + 1}\n`);
    assert.deepEqual(readdirSync(teller.file('backup')), []);
    assert.match(sqlite(teller, 'PRAGMA wal_checkpoint(TRUNCATE)'), /0\|0\|0/);
    for (const name of ['exchangerd', 'scannerd', 'senderd']) await teller.restart(name);
    await teller.ready();
  }
  writeFileSync(teller.file('web/new.html'), 'a page that came later');
  assert.equal((await rawRequest(`${teller.public}/new.html`)).body, 'a page that came later');
  renameSync(teller.file('teller.log'), teller.file('teller.log.1'));
  teller.daemons.apid.child.kill('SIGHUP');
  await until('apid to write a new log', () => log().includes('apid log_reopened'));
  // apid leaves last: it may remove neither the database's files nor any other but its own.
  for (const name of ['exchangerd', 'scannerd', 'senderd', 'apid']) assert.equal((await teller.stop(name)).status, 0);
  assert.equal(sqlite(teller, 'PRAGMA integrity_check'), 'ok');
  await teller.startAll();
  await teller.ready();
  await teller.bind(customer(4));
  assert.doesNotMatch(log() + readFileSync(teller.file('teller.log.1'), 'utf8'), /sandbox_refused|sandbox_incomplete|sandbox_missing|sandbox_files/);
});
