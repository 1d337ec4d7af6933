// apid when others are down or hang, and when it is told to stop: every client gets its answer,
// nobody waits for long.
import assert from 'node:assert/strict';
import {readdirSync} from 'node:fs';
import {test} from 'node:test';
import {btcPool, customer} from './lib/files.mjs';
import {Hold} from './lib/hold.mjs';
import {RawConnection, rawRequest} from './lib/raw_http.mjs';
import {until} from './lib/wait.mjs';
import {World} from './lib/world.mjs';

// What is promised of time.  A machine that is busy elsewhere is not apid's fault, so that what took
// longer is tried again, a few times; an answer that is wrong is wrong at once.
const PROMPT_MS = 1500;
const HEALTH_MS = 1500;     // it asks for 1,000 ms
const RELAY_MS = 5000;      // what a question to another daemon may take
const DRAIN_MS = 3000;      // how long clients are waited for at a stop
const STOP_MS = 5000;
const TRIES = 8;
const SKY = customer(0);

const bind = teller => rawRequest(`${teller.public}/api/bind`, {method: 'POST', headers: {'content-type': 'application/json'},
  body: JSON.stringify({skyaddr: SKY, coin_type: 'BTC'})});
const get = (teller, path, listener = 'public') => rawRequest(`${teller[listener]}${path}`);
const deposit = teller => get(teller, `/dummy/scanner/deposit?addr=${teller.pool[0].address}&value=1&height=1&tx=t`, 'dummy');

// `act` answers whether it was in time.
async function inTime(what, act) {
  for (let tries = 0; tries < TRIES; tries++) if (await act()) return;
  assert.fail(`${what} took too long, ${TRIES} times`);
}

function assertAnswer(r, status, body) {
  assert.equal(r.status, status, r.body);
  assert.match(r.body, body);
}
const assertPrompt = (ask, status, body, mostMs = PROMPT_MS) => inTime(`an answer like ${body}`, async () => {
  const r = await ask();
  assertAnswer(r, status, body);
  return r.ms < mostMs;
});

// What needs which daemon, and how its absence is answered.
const NEEDS = {
  exchangerd: {asks: [bind], status: 500, body: /^Internal Server Error\n$/, error: 'processor_error'},
  scannerd: {asks: [deposit], status: 503, body: /^scannerd: ./},
  senderd: {asks: [t => get(t, '/dummy/sender/broadcasts', 'dummy'), t => get(t, '/dummy/sender/confirm?seq=0', 'dummy')],
    status: 503, body: /^senderd: ./, error: 'sender_error'},
};

const isDown = (teller, name) => async () => (await teller.problems()).find(p => p.daemon === name && p.what === 'down');

// It alone: another one that was kept from answering is shown, too, until it is asked again.
const assertHealthShows = (teller, name, maxMs) => until(`health to show ${name} in time`, async () => {
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
  return true;
});

for (const [name, {asks, status, body}] of Object.entries(NEEDS)) {
  test(`${name} is down: prompt answers, shown in health, well again by itself`, async suite => {
    const {teller} = await World.dummy(suite);
    await teller.startAll();
    await teller.kill(name);
    for (const ask of asks) await assertPrompt(() => ask(teller), status, body);
    await until('health to show it', isDown(teller, name));
    await assertHealthShows(teller, name, PROMPT_MS);
    for (const ask of asks) await assertPrompt(() => ask(teller), status, body);
    await assertPrompt(() => get(teller, `/api/status?skyaddr=${SKY}`), 200, /^{}$/);
    await assertPrompt(() => get(teller, '/api/config'), 200, /"enabled": true/);
    await assertPrompt(() => get(teller, '/api/accounting', 'admin'), 200, /"sent"/);
    teller.start(name);
    await teller.isWell();
    assert.equal((await bind(teller)).status, 200);
  });

  test(`${name} hangs: health in time, others served, its own questions time out`, async suite => {
    const {teller} = await World.dummy(suite);
    await teller.startAll();
    teller.daemons[name].pause();
    const asked = asks.map(ask => ask(teller));
    await until('health to show it', isDown(teller, name));
    await assertHealthShows(teller, name, HEALTH_MS);
    await assertPrompt(() => get(teller, `/api/status?skyaddr=${SKY}`), 200, /^{}$/);
    for (const ask of asks) await assertPrompt(() => asked.shift() ?? ask(teller), status, body, RELAY_MS + PROMPT_MS);
    teller.daemons[name].resume();
    await teller.isWell();
  });
}

// Each such address would be one of the few that the customer may have.
test('what was asked while exchangerd hung, and answered with an error, is not bound later', async suite => {
  const {teller} = await World.dummy(suite, {conf: {teller: {max_bound_addrs: 3}}});
  await teller.startAll();
  teller.daemons.exchangerd.pause();
  for (const r of await Promise.all([1, 2, 3, 4, 5].map(() => bind(teller)))) assert.equal(r.status, 500);
  teller.daemons.exchangerd.resume();
  await teller.isWell();
  for (const status of [200, 200, 200, 500]) assert.equal((await bind(teller)).status, status);
  assert.equal((await teller.statuses(SKY)).length, 3);
});

test('all three down at once, then apid started alone', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  for (const name of Object.keys(NEEDS)) await teller.kill(name);
  await teller.restart('apid');
  await until('apid to answer', () => get(teller, '/api/config'));
  const health = await until('health', async () => (h => h.problems?.length === 3 && h)(await teller.health()));
  assert.deepEqual(health.problems.map(p => p.daemon), ['exchangerd', 'scannerd', 'senderd']);
  await assertPrompt(() => bind(teller), 500, /^Internal Server Error\n$/);
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

// SIGTERM; answers whether the end was in time, and it is in good order if it was.
async function stopsInTime(daemon) {
  const started = performance.now();
  const how = await daemon.stop();
  const isLate = performance.now() - started >= STOP_MS;
  if (!isLate) assert.deepEqual(how, {status: 0, signal: null});
  return !isLate;
}

const takesNobody = teller => until('no new connection to be taken', () => RawConnection.open(teller.public).then(c => (c.close(), false), () => true));

async function isBack(teller) {
  if (teller.daemons.exchangerd.paused) teller.daemons.exchangerd.resume();
  if (!teller.daemons.apid.running) teller.start('apid');
  await teller.isWell();
}

test('SIGTERM with binds under way: those that were taken are answered', async suite => {
  const COUNT = 20;
  const {teller} = await World.dummy(suite, {pool: btcPool(COUNT * TRIES / 5)});
  await teller.startAll();
  await inTime('a stop that others are waited for', async () => {
    await isBack(teller);
    teller.daemons.exchangerd.pause();
    const began = performance.now();
    const asked = Promise.allSettled(Array.from({length: COUNT}, () => bind(teller)));
    // A health answer shows that what was sent before it has been taken.
    await until('health to show it', isDown(teller, 'exchangerd'));
    const stopping = performance.now();
    const stopped = stopsInTime(teller.daemons.apid);
    await takesNobody(teller);
    teller.daemons.exchangerd.resume();
    const answers = (await asked).map(a => a.value);
    const over = performance.now();
    if (!await stopped || over - stopping > DRAIN_MS || over - began > RELAY_MS) return false;
    assert.deepEqual([...new Set(answers.map(r => r.status))], [200]);
    const addresses = new Set(answers.map(r => JSON.parse(r.body).deposit_address));
    assert.equal(addresses.size, COUNT);
    return true;
  });
});

test('SIGTERM while exchangerd hangs: clients are refused, and the end is in time', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  await inTime('the stop', async () => {
    await isBack(teller);
    teller.daemons.exchangerd.pause();
    const asked = Promise.allSettled(Array.from({length: 20}, () => bind(teller)));
    await until('health to show it', isDown(teller, 'exchangerd'));
    const isInTime = await stopsInTime(teller.daemons.apid);
    for (const {value: r} of await asked) if (isInTime) assert.deepEqual([r?.status, r?.body], [500, 'Internal Server Error\n']);
    return isInTime;
  });
});

// --- backups -----------------------------------------------------------------------------------------

const copies = teller => readdirSync(teller.file('backup'));

test('stop, and kill, while a backup is being made: nothing is left of it', async suite => {
  const {teller} = await World.dummy(suite);
  const hold = new Hold(teller, 'store.backup.step');
  await teller.startAll();
  const begin = async () => {
    hold.close();
    await teller.restart('apid', hold.env);
    await teller.ready();
    const answer = get(teller, '/api/backup', 'admin').catch(e => e);
    await until('the copy to begin', () => copies(teller).length > 0);
    return {answer};
  };
  await inTime('the stop', async () => {
    const {answer} = await begin();
    assert.equal((await get(teller, '/api/backup', 'admin')).status, 503);
    const stopped = stopsInTime(teller.daemons.apid);
    await takesNobody(teller);
    hold.letGo();
    if (!await stopped) return false;
    const {status, body} = await answer;
    assert.deepEqual([status, body], [500, `backup failed: backup of '${teller.file('teller.db')}' was cancelled\n`]);
    assert.deepEqual(copies(teller), []);
    return true;
  });

  const {answer} = await begin();
  await teller.kill('apid');
  assert.ok(await answer instanceof Error);
  assert.equal(copies(teller).length, 1);
  teller.start('apid');
  await teller.ready();
  assert.deepEqual(copies(teller), []);
});
