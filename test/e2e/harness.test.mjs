// The harness itself: what the other tests rely on without looking.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import http from 'node:http';
import {once} from 'node:events';
import {test} from 'node:test';
import {Proxy} from './lib/bitcoin.mjs';
import {iniText, mergeConf, writeWallet} from './lib/files.mjs';
import {freePorts} from './lib/ports.mjs';
import {Process, livingProcesses} from './lib/process.mjs';
import {until} from './lib/wait.mjs';
import {coinsText, owed} from './lib/world.mjs';

function tempDir(suite) {
  const dir = mkdtempSync(path.join(tmpdir(), 'teller-harness-'));
  suite.after(() => rmSync(dir, {recursive: true}));
  return dir;
}

test('a written wallet holds what the reference program derives', suite => {
  const file = path.join(tempDir(suite), 'hot.wlt');
  const known = JSON.parse(readFileSync('test/vectors/data/skycoin/wallets/deterministic-v0.4.wlt', 'utf8'));
  writeWallet(file, known.meta.seed, known.entries.length);
  const ours = JSON.parse(readFileSync(file, 'utf8'));
  assert.deepEqual(ours.entries, known.entries);
  assert.equal(ours.meta.lastSeed, known.meta.lastSeed);
});

test('configuration: top level first, sections merged', () => {
  const conf = mergeConf({debug: true, web: {a: 1, b: 2}}, {web: {b: 3}, admin_panel: {host: 'x'}});
  assert.equal(iniText(conf), 'debug = true\n\n[web]\na = 1\nb = 3\n\n[admin_panel]\nhost = x\n');
});

test('owed: cut to three decimals, fractions exact', () => {
  assert.deepEqual([owed(123456), owed(199), owed(200), owed(3, [100000000, 3])], [617000n, 0n, 1000n, 1000000n]);
  assert.equal(coinsText(owed(123456)), '0.617000');
});

test('until gives up at its deadline and says for what it waited', async () => {
  await assert.rejects(until('the impossible', () => false, {deadlineMs: 50}), /waited 50 ms for the impossible; last: false/);
  assert.equal(await until('the third time', (n => () => ++n === 3)(0)), true);
});

test('a process is logged, killed, and gone from the list', async suite => {
  const log = path.join(tempDir(suite), 'log');
  const p = new Process('echo', process.execPath, ['-e', 'console.log("READY", process.env.WORD); setInterval(() => {}, 1000)'], {log, env: {WORD: 'here'}});
  assert.equal((await p.ready(/READY (\w+)/))[1], 'here');
  assert.equal(livingProcesses().length, 1);
  assert.deepEqual(await p.kill(), {status: null, signal: 'SIGKILL'});
  assert.deepEqual(livingProcesses(), []);
});

test('a process that ends before it is ready says why', async suite => {
  const log = path.join(tempDir(suite), 'log');
  const p = new Process('early', process.execPath, ['-e', 'console.log("no wallet")'], {log});
  await p.ended;
  await assert.rejects(p.ready(/READY/), /early ended: no wallet/);
});

test('a program that is not there, and one that does not stop', async suite => {
  const log = path.join(tempDir(suite), 'log');
  await assert.rejects(new Process('nobody', '/nowhere/nobody', [], {log}).ready(/READY/), /nobody ended: .*ENOENT/);
  const deaf = new Process('deaf', process.execPath, ['-e', 'process.on("SIGTERM", () => {}); console.log("READY"); setInterval(() => {}, 1000)'], {log});
  await deaf.ready(/READY/);
  await assert.rejects(deaf.stop(50), /deaf did not stop within 50 ms/);
  assert.deepEqual(livingProcesses(), []);
});

test('the proxy forwards, rewrites and misbehaves', async suite => {
  const node = http.createServer((req, res) => res.end('{"result":"regtest"}')).listen(0, '127.0.0.1');
  await once(node, 'listening');
  const proxy = await Proxy.start(`http://127.0.0.1:${node.address().port}/`);
  suite.after(() => Promise.all([proxy.stop(), new Promise(yes => { node.close(yes); node.closeAllConnections(); })]));
  const ask = async () => {
    const r = await fetch(`http://${proxy.server}/`, {method: 'POST', body: '{}', headers: {connection: 'close'}});
    return `${r.status} ${await r.text()}`;
  };
  assert.equal(await ask(), '200 {"result":"regtest"}');
  proxy.rewrite = text => text.replace('regtest', 'main');
  assert.equal(await ask(), '200 {"result":"main"}');
  proxy.faults.add({mode: 'error'});
  assert.match(await ask(), /^500 /);
  for (const mode of ['drop', 'half', 'lose']) {
    proxy.faults.add({mode});
    await assert.rejects(ask(), mode);
  }
  assert.equal(await ask(), '200 {"result":"main"}');
});

test('ports asked for at the same time are different ones', async () => {
  const ports = (await Promise.all([5, 5, 5, 5].map(freePorts))).flat();
  assert.equal(new Set(ports).size, 20);
});

// A runner of tests in place of node's: the files are scripts that say what it would.
function runTests(dir, files) {
  writeFileSync(path.join(dir, 'node'), '#!/bin/bash\nexec bash "${!#}"\n', {mode: 0o755});
  const paths = files.map((text, i) => path.join(dir, `${i}.test.mjs`));
  paths.forEach((file, i) => writeFileSync(file, files[i]));
  const {TALLY, TIMES, ...env} = process.env;     // this one's own
  return new Promise(done => execFile('scripts/run-node-tests', ['label', '1', ...paths], {env: {...env, PATH: `${dir}:${env.PATH}`}},
    (e, stdout) => done([e?.code ?? 0, stdout.trimEnd().split('\n').pop()])));
}

test('what did not run to its end is counted as failed', async suite => {
  const good = 'echo "# pass 2"; echo "# fail 0"';
  const rows = [
    ['all is well', [good, good], 0, 'label: 4 passed, 0 failed'],
    ['a test failed', ['echo "# pass 1"; echo "# fail 1"; exit 1', good], 1, 'label: 3 passed, 1 failed'],
    ['killed', ['kill -9 $$', good], 1, 'label: 2 passed, 1 failed'],
    ['killed in the middle of a line', ['printf "ok 1 - sell"; kill -9 $$', good], 1, 'label: 2 passed, 1 failed'],
    ['its shell is killed, and what follows never begins', ['read -r _ _ _ shell _ </proc/$PPID/stat; kill -9 $shell', good, good], 1, 'label: 0 passed, 3 failed'],
    ['nothing is said at all', ['true'], 1, 'label: 0 passed, 1 failed'],
  ];
  for (const [why, files, status, last] of rows) assert.deepEqual(await runTests(tempDir(suite), files), [status, last], why);
});
