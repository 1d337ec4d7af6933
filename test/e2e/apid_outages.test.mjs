// apid when others are down or hang, and when it is told to stop: every client gets its answer,
// nobody waits for long.
import assert from 'node:assert/strict';
import {readdirSync} from 'node:fs';
import {execFileSync} from 'node:child_process';
import {test} from 'node:test';
import {customer} from './lib/files.mjs';
import {RawConnection, rawRequest} from './lib/raw_http.mjs';
import {until} from './lib/wait.mjs';
import {World} from './lib/world.mjs';

const PROMPT_MS = 1500;
const HEALTH_MS = 1500;     // it asks for 1,000 ms
const RELAY_MS = 5000;      // what a question to another daemon may take
const STOP_MS = 5000;
const SKY = customer(0);

const bind = teller => rawRequest(`${teller.public}/api/bind`, {method: 'POST', headers: {'content-type': 'application/json'},
  body: JSON.stringify({skyaddr: SKY, coin_type: 'BTC'})});
const get = (teller, path, listener = 'public') => rawRequest(`${teller[listener]}${path}`);
const deposit = teller => get(teller, `/dummy/scanner/deposit?addr=${teller.pool[0].address}&value=1&height=1&tx=t`, 'dummy');

function assertPrompt(r, status, body) {
  assert.equal(r.status, status, r.body);
  assert.match(r.body, body);
  assert.ok(r.ms < PROMPT_MS, `${r.ms} ms`);
}

// What needs which daemon, and how its absence is answered.
const NEEDS = {
  exchangerd: {asks: [bind], status: 500, body: /^Internal Server Error\n$/, error: 'processor_error'},
  scannerd: {asks: [deposit], status: 503, body: /^scannerd: ./},
  senderd: {asks: [t => get(t, '/dummy/sender/broadcasts', 'dummy'), t => get(t, '/dummy/sender/confirm?seq=0', 'dummy')],
    status: 503, body: /^senderd: ./, error: 'sender_error'},
};

const isDown = (teller, name) => async () => (await teller.problems()).find(p => p.daemon === name && p.what === 'down');
const allWell = teller => until('health to be OK', async () => (await teller.health()).status === 'OK');

async function assertHealthShows(teller, name, maxMs) {
  const r = await get(teller, '/api/health');
  const health = JSON.parse(r.body);
  assert.ok(r.ms < maxMs, `${r.ms} ms`);
  assert.equal(health.status, 'DEGRADED');
  const [problem, ...more] = health.problems;
  assert.deepEqual(Object.keys(problem), ['component', 'daemon', 'since', 'text', 'customers']);
  assert.deepEqual([problem.daemon, problem.component, more], [name, name, []]);
  assert.ok(problem.text.length > 0 && problem.customers.length > 0 && problem.since > 1e9);
  assert.ok(!r.body.includes(teller.dir), 'where files are is nobody\'s business');
  const {error} = NEEDS[name];
  for (const key of ['processor_error', 'sender_error']) assert.equal(health.exchange[key] !== '', key === error, key);
  if (name === 'senderd') assert.deepEqual(health.exchange.balance, {coins: '0.000000', hours: '0'});
}

for (const [name, {asks, status, body}] of Object.entries(NEEDS)) {
  test(`${name} is down: prompt answers, shown in health, well again by itself`, async suite => {
    const {teller} = await World.dummy(suite);
    await teller.startAll();
    await teller.kill(name);
    for (const ask of asks) assertPrompt(await ask(teller), status, body);
    await until('health to show it', isDown(teller, name));
    await assertHealthShows(teller, name, PROMPT_MS);
    for (const ask of asks) assertPrompt(await ask(teller), status, body);
    assertPrompt(await get(teller, `/api/status?skyaddr=${SKY}`), 200, /^{}$/);
    assertPrompt(await get(teller, '/api/config'), 200, /"enabled": true/);
    assertPrompt(await get(teller, '/api/accounting', 'admin'), 200, /"sent"/);
    teller.start(name);
    await allWell(teller);
    assert.equal((await bind(teller)).status, 200);
  });

  test(`${name} hangs: health in time, others served, its own questions time out`, async suite => {
    const {teller} = await World.dummy(suite);
    await teller.startAll();
    teller.daemons[name].pause();
    const asked = Promise.all(asks.map(ask => ask(teller)));
    await until('health to show it', isDown(teller, name));
    await assertHealthShows(teller, name, HEALTH_MS);
    assertPrompt(await get(teller, `/api/status?skyaddr=${SKY}`), 200, /^{}$/);
    for (const r of await asked) {
      assert.equal(r.status, status);
      assert.match(r.body, body);
      assert.ok(r.ms < RELAY_MS + PROMPT_MS, `${r.ms} ms`);
    }
    teller.daemons[name].resume();
    await allWell(teller);
  });
}

test('all three down at once, then apid started alone', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  for (const name of Object.keys(NEEDS)) await teller.kill(name);
  await teller.restart('apid');
  await until('apid to answer', () => get(teller, '/api/config'));
  const health = await until('health', async () => (h => h.problems?.length === 3 && h)(await teller.health()));
  assert.deepEqual(health.problems.map(p => p.daemon), ['exchangerd', 'scannerd', 'senderd']);
  assertPrompt(await bind(teller), 500, /^Internal Server Error\n$/);
});

test('a restart of apid alone loses nothing', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  const address = await teller.bind(SKY);
  await teller.pretendDeposit({address, satoshi: 200000, tx: 'before'});
  await teller.depositsIn('waiting_confirm', 1);
  const idle = await RawConnection.open(teller.public);
  await teller.restart('apid');
  await teller.ready();
  await until('the old connection to be closed', () => idle.closed);
  assert.equal((await teller.deposits()).length, 1);
  assert.notEqual(await teller.bind(SKY), address);
});

// SIGTERM; answers how long the end took.
async function stopTimed(daemon) {
  const started = performance.now();
  assert.deepEqual(await daemon.stop(), {status: 0, signal: null});
  return performance.now() - started;
}

test('SIGTERM with binds under way: those that were taken are answered', async suite => {
  const COUNT = 20;
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  teller.daemons.exchangerd.pause();
  const asked = Array.from({length: COUNT}, () => bind(teller));
  // A health answer shows that what was sent before it has been taken.
  await until('health to show it', isDown(teller, 'exchangerd'));
  const stopped = stopTimed(teller.daemons.apid);
  await until('no new connection to be taken', () => RawConnection.open(teller.public).then(c => (c.close(), false), () => true));
  teller.daemons.exchangerd.resume();
  const answers = await Promise.all(asked);
  assert.deepEqual([...new Set(answers.map(r => r.status))], [200]);
  const addresses = new Set(answers.map(r => JSON.parse(r.body).deposit_address));
  assert.equal(addresses.size, COUNT);
  assert.ok(await stopped < STOP_MS);
});

test('SIGTERM while exchangerd hangs: clients are refused, and the end is in time', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  teller.daemons.exchangerd.pause();
  const asked = Promise.all(Array.from({length: 20}, () => bind(teller)));
  await until('health to show it', isDown(teller, 'exchangerd'));
  assert.ok(await stopTimed(teller.daemons.apid) < STOP_MS);
  for (const r of await asked) assert.deepEqual([r.status, r.body], [500, 'Internal Server Error\n']);
});

// --- backups -----------------------------------------------------------------------------------------

const copies = teller => readdirSync(teller.file('backup'));

// So many MiB more in the database, so that a copy takes its time.
const fatten = (teller, mib) => execFileSync('sqlite3', [teller.file('teller.db'), '-cmd', '.timeout 60000',
  `CREATE TABLE ballast (x BLOB); WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${mib}) INSERT INTO ballast SELECT zeroblob(1048576) FROM n; PRAGMA wal_checkpoint(TRUNCATE);`]);

test('stop, and kill, while a backup is being made: nothing is left of it', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  fatten(teller, 300);
  const begin = async () => {
    const asked = get(teller, '/api/backup', 'admin').catch(e => e);
    await until('the copy to begin', () => copies(teller).length > 0);
    return asked;
  };
  const stopped = begin();
  await until('the copy to begin', () => copies(teller).length > 0);
  assert.match((await get(teller, '/api/backup', 'admin')).body, /^backup failed: another one is being made\n$/);
  assert.ok(await stopTimed(teller.daemons.apid) < STOP_MS);
  const answer = await stopped;
  assert.deepEqual([answer.status, answer.body], [500, `backup failed: backup of '${teller.file('teller.db')}' was cancelled\n`]);
  assert.deepEqual(copies(teller), []);

  teller.start('apid');
  await teller.ready();
  const killed = begin();
  await until('the copy to begin', () => copies(teller).length > 0);
  await teller.kill('apid');
  assert.ok(await killed instanceof Error);
  assert.equal(copies(teller).length, 1);
  teller.start('apid');
  await teller.ready();
  assert.deepEqual(copies(teller), []);
});
