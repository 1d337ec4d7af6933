// Who may ask the operator's API: tokens, their roles, the Host header, what is told of attempts.
import assert from 'node:assert/strict';
import {chmodSync, readFileSync, renameSync, statSync, writeFileSync} from 'node:fs';
import {test} from 'node:test';
import {request} from './lib/http.mjs';
import {rawRequest} from './lib/raw_http.mjs';
import {until} from './lib/wait.mjs';
import {World} from './lib/world.mjs';

const READS = ['/api/daemons', '/api/deposit-addresses', '/api/deposits', '/api/deposits/errored', '/api/deposits.csv',
  '/api/deposit?seq=1', '/api/accounting', '/api/accounting.csv'];

const ask = async (teller, path, token) => {
  const r = await request(`${teller.admin}${path}`, {headers: token ? {authorization: `Bearer ${token}`} : {}});
  return r.status;
};

test('tokens: roles, revoking, attempts', async suite => {
  const {teller} = await World.dummy(suite, {conf: {admin_panel: {tokens_file: 'tokens'}}});
  const make = async (...words) => {
    const r = await teller.ctl('admin', 'token', ...words);
    assert.equal(r.status, 0, r.notes);
    return r.out.trim();
  };
  const reader = await make('ann', 'read');
  const keeper = await make('keeper', 'backup');
  const grafana = await make('grafana', 'metrics');
  assert.match(reader, /^[0-9a-f]{64}$/);
  assert.equal(new Set([reader, keeper, grafana]).size, 3);
  assert.equal(statSync(teller.file('tokens')).mode & 0o777, 0o600);
  assert.ok(!readFileSync(teller.file('tokens'), 'utf8').includes(reader), 'the file does not hold the token');
  assert.equal((await teller.ctl('admin', 'tokens')).out, 'ann read\nkeeper backup\ngrafana metrics\n');
  assert.notEqual((await teller.ctl('admin', 'token', 'ann', 'read')).status, 0, 'a name is given once');
  assert.equal((await teller.ctl('admin', 'token', 'bob', 'write')).status, 2);

  teller.adminToken = reader;
  await teller.startAll();
  for (const path of READS) {
    assert.equal(await ask(teller, path), 401, path);
    assert.equal(await ask(teller, path, keeper), 403, path);
    const r = await rawRequest(`${teller.admin}${path}`, {headers: {authorization: `Bearer ${reader}`}});
    assert.ok([200, 404].includes(r.status), path);
    assert.deepEqual([...r.headers].filter(([, values]) => values.length > 1), [], `${path}: a header that is there twice`);
  }
  assert.equal(await ask(teller, '/api/backup', reader), 403);
  assert.equal(await ask(teller, '/api/backup'), 401);
  assert.equal(await ask(teller, '/api/backup', keeper), 200);
  assert.equal(await ask(teller, '/api/health'), 200, 'strangers may read that anyway');
  assert.equal(await ask(teller, '/api/nothing'), 404);
  await until('tellerctl, which needs none', async () => (await teller.ctl('status')).status === 0);

  let tries = 9;    // those of other roles
  await until('attempts to be limited', async () => ++tries && await ask(teller, '/api/deposits', 'f'.repeat(64)) === 429);
  assert.equal(await ask(teller, '/api/deposits', reader), 200, 'who has a token is served');
  const told = teller.watchLines('apid').filter(l => l.includes('admin_access_refused'));
  assert.equal(told.length, tries - 1, 'each is told, up to a limit');
  assert.ok(told[0].includes('token="keeper"') && told[0].includes('client=127.0.0.1'), told[0]);
  assert.ok(!teller.log('apid').includes(reader) && !teller.log('apid').includes('ffff'), 'no token is logged');

  assert.equal((await teller.ctl('admin', 'revoke', 'ann')).status, 0);
  assert.equal(await ask(teller, '/api/deposits', reader), 200, 'apid has not been told yet');
  const next = await make('ann', 'read,metrics');
  process.kill(teller.daemons.apid.pid, 'SIGHUP');
  await until('the new token to count', async () => await ask(teller, '/api/deposits', next) === 200);
  assert.equal(await ask(teller, '/api/deposits', reader) >= 400, true);
  assert.equal((await teller.ctl('admin', 'tokens')).out, 'keeper backup\ngrafana metrics\nann read,metrics\n');
  teller.adminToken = next;

  // As editors and tools of administrators change a file: by another one in its place.
  writeFileSync(teller.file('other'), readFileSync(teller.file('tokens'), 'utf8').replace(/^ann .*$/m, ''), {mode: 0o600});
  renameSync(teller.file('other'), teller.file('tokens'));
  process.kill(teller.daemons.apid.pid, 'SIGHUP');
  await until('the revoked token to be refused', async () => await ask(teller, '/api/deposits', next) >= 400);
  assert.equal(await ask(teller, '/api/backup', keeper), 200);
});

test('tokens: what does not start', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  await teller.stop('apid');
  const refused = async (conf, reason) => {
    teller.configure({admin_panel: conf});
    const apid = teller.start('apid');
    const {status} = await apid.ended;
    assert.equal(status, 2);
    assert.match(apid.output(), reason);
  };
  const [, port] = teller.admin.match(/:(\d+)$/);
  await refused({host: `0.0.0.0:${port}`}, /no loopback address: set admin_panel\.tokens_file/);
  await refused({host: `127.0.0.1:${port}`, tokens_file: 'tokens'}, /tokens_file file does not exist/);
  await teller.ctl('admin', 'token', 'ann', 'read');
  chmodSync(teller.file('tokens'), 0o640);
  await refused({}, /is open to other users \(mode 0640, must be 0600\)/);
  assert.equal((await teller.ctl('admin', 'token', 'bob', 'read')).status, 2, 'tellerctl does not take it either');
  chmodSync(teller.file('tokens'), 0o600);
  await teller.ctl('admin', 'revoke', 'ann');
  await refused({host: `0.0.0.0:${port}`}, /there is no token in admin_panel\.tokens_file/);

  // One token, and it may be asked from everywhere.
  const token = (await teller.ctl('admin', 'token', 'bob', 'read')).out.trim();
  teller.adminToken = token;
  teller.start('apid');
  await teller.ready();
  assert.equal(await ask(teller, '/api/deposits', token), 200);
});

test('Host: a name that DNS points here is refused, on both of the operator\'s listeners', async suite => {
  const {teller} = await World.dummy(suite, {conf: {admin_panel: {hosts: '["teller.example"]'}}});
  await teller.startAll();
  const paths = {admin: '/api/deposits', dummy: '/dummy/sender/broadcasts'};
  for (const [listener, path] of Object.entries(paths)) {
    const status = async host => {
      const r = await rawRequest(`${teller[listener]}${path}`, {headers: {host}});
      return [r.status, r.headers.get('x-frame-options')?.[0], r.headers.get('x-content-type-options')?.[0],
        r.headers.has('access-control-allow-origin')];
    };
    const headers = ['DENY', 'nosniff', false];
    assert.deepEqual(await status('evil.example'), [421, ...headers]);
    assert.deepEqual(await status('127.0.0.1.evil.example:7711'), [421, ...headers]);
    assert.deepEqual(await status('10.0.0.1'), [421, ...headers]);
    for (const host of ['localhost', 'localhost:1', '127.0.0.1', '[::1]:5', 'TELLER.example:443'])
      assert.deepEqual(await status(host), [200, ...headers], host);
  }
});
