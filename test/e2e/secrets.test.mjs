// The hot wallet's secrets: its keys, its seed, the seed of its next key.  They are looked for, as
// text and as bytes, in all that senderd says and writes, in what the system shows of it, and in its
// memory.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {createHmac, pbkdf2Sync} from 'node:crypto';
import {chownSync, closeSync, copyFileSync, openSync, readFileSync, readSync, readdirSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {promisify} from 'node:util';
import {generateKeys} from '../sim/skycoin-node/keys.mjs';
import {customer} from './lib/files.mjs';
import {Process} from './lib/process.mjs';
import {until} from './lib/wait.mjs';
import {World} from './lib/world.mjs';

const run = promisify(execFile);
const BIN = path.resolve(process.env.TELLER_BIN ?? 'build/fault');
const root = process.getuid() === 0;

// What must be nowhere: {name, bytes}.  `raw`: as a key lies in memory; limbs of numbers lie backwards.
function secretsOf(teller, count = 3) {
  const seed = `hot wallet of ${teller.dir}`;
  const {keys, lastSeed} = generateKeys(seed, count);
  const texts = [['seed', Buffer.from(seed)]];
  const raw = [];
  for (const [name, bytes] of [...keys.map((k, n) => [`key ${n}`, k.secret]), ['last seed', lastSeed]]) {
    texts.push([`${name} in hex`, Buffer.from(bytes.toString('hex'))], [`${name} in HEX`, Buffer.from(bytes.toString('hex').toUpperCase())]);
    raw.push([name, bytes], [`${name}, backwards`, Buffer.from(bytes).reverse()]);
  }
  return {texts, raw, all: [...texts, ...raw]};
}

function assertNone(secrets, where, bytes) {
  const text = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes);
  for (const [name, secret] of secrets) assert.ok(!text.includes(secret), `${name} is in ${where}`);
}

const filesBelow = dir => readdirSync(dir, {withFileTypes: true}).flatMap(e => {
  const file = path.join(dir, e.name);
  return e.isDirectory() ? filesBelow(file) : e.isFile() ? [file] : [];
});

const childrenOf = pid => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);

async function buy({teller, bitcoin}) {
  const address = await teller.bind(customer(0));
  await bitcoin.pay([{address, satoshi: 1000000}]);
  await teller.depositsIn('done', 1);
}

// Ways to spoil the wallet's text; what senderd says of each must not quote it.
const spoiled = {
  'cut short': text => text.slice(0, text.length - 40),
  'a key too short': text => text.replace(/("secret_key": "[0-9a-f]{60})[0-9a-f]{4}/, '$1'),
  'a key of another address': text => {
    const keys = [...text.matchAll(/"secret_key": "([0-9a-f]+)"/g)].map(m => m[1]);
    return text.replace(keys[0], 'KEY').replace(keys[1], keys[0]).replace('KEY', keys[1]);
  },
  'a key twice': text => text.replace(/("secret_key": "[0-9a-f]+")/, '$1, $1'),
  'no object': text => `[${text}, "${/"seed": "([^"]+)"/.exec(text)[1]}"]`,
};

test('no secret in logs, messages, health, files, arguments, environment', async suite => {
  const world = await World.real(suite, {conf: {debug: true}});
  const {teller} = world;
  const {texts, all} = secretsOf(teller);
  const wallet = readFileSync(teller.file('hot.wlt'), 'utf8');
  for (const [name, secret] of texts.filter(([n]) => !/HEX/.test(n)))
    assert.ok(wallet.includes(secret), `${name} is not what the wallet holds: the search would find nothing`);

  await teller.startAll();
  await buy(world);
  const {pid} = teller.daemons.senderd;
  for (const p of [pid, ...childrenOf(pid)])
    for (const what of ['cmdline', 'environ', 'comm', 'status'])
      if (root || what !== 'environ') assertNone(all, `/proc/${what}`, readFileSync(`/proc/${p}/${what}`));
  const {stdout} = await run(path.join(BIN, 'tellerctl'), ['--dir', teller.dir, 'status']).catch(e => e);
  assert.match(stdout, /senderd/);
  assertNone(all, 'tellerctl status', stdout);
  assertNone(all, 'health', JSON.stringify(await teller.health()));
  await teller.stop('senderd');

  for (const [name, spoil] of Object.entries(spoiled)) {
    const text = spoil(wallet);
    assert.notEqual(text, wallet, name);
    writeFileSync(teller.file('hot.wlt'), text);
    const {status} = await teller.start('senderd').ended;
    assert.equal(status, 2, `${name}: ${teller.daemons.senderd.output()}`);
  }
  writeFileSync(teller.file('hot.wlt'), wallet);
  await teller.stopAll();
  const files = filesBelow(teller.dir).filter(f => f !== teller.file('hot.wlt'));
  assert.ok(files.includes(teller.file('senderd.log')) && files.includes(teller.file('teller.db')));
  for (const file of files) assertNone(all, path.basename(file), readFileSync(file));
});

// The readable mappings of a process: {from, to, name, flags}.
function mappings(pid) {
  const found = [];
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
    const m = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)$/.exec(line);
    if (m) found.push({from: parseInt(m[1], 16), to: parseInt(m[2], 16), readable: m[3][0] === 'r', name: m[4]});
    if (line.startsWith('VmFlags:')) found.at(-1).flags = line.split(' ').slice(1);
  }
  return found.filter(m => m.readable && !/^\[v/.test(m.name));
}

// It stands still meanwhile: what it maps and unmaps could not be read to its end.
async function findInMemory(pid, secrets) {
  process.kill(pid, 'SIGSTOP');
  try {
    await until('it to stand still', () => / T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
    return searchMemory(pid, secrets);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

// Where `secrets` lie: [{name, in: mapping}].
function searchMemory(pid, secrets) {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const found = [];
  for (const m of mappings(pid)) {
    const bytes = Buffer.alloc(m.to - m.from);
    let done = 0;
    while (done < bytes.length) done += readSync(memory, bytes, done, Math.min(bytes.length - done, 1 << 24), m.from + done);
    for (const [name, secret] of secrets)
      if (bytes.includes(secret)) found.push({name, in: m});
  }
  closeSync(memory);
  return found;
}

// The keys, and only the keys, are there, in pages that are locked, left out of dumps, wiped in a fork.
// Who is not root cannot look, which is as it should be.
async function assertOnlyKeys(what, pid, keys, others) {
  if (!root) {
    for (const file of ['mem', 'maps', 'environ']) assert.throws(() => readFileSync(`/proc/${pid}/${file}`), {code: 'EACCES'});
    return;
  }
  const found = await findInMemory(pid, [...keys, ...others]);
  assert.deepEqual([...new Set(found.map(f => f.name))].sort(), keys.map(([name]) => name).sort(), what);
  for (const f of found)
    for (const flag of ['lo', 'dd', 'wf'])
      assert.ok(f.in.flags.includes(flag), `${what}: ${f.name} in ${f.in.name || 'memory'} without ${flag}: ${f.in.flags}`);
}

test('in memory, after a payment, the keys lie where they are locked; all else is wiped', async suite => {
  const world = await World.real(suite);
  const {teller} = world;
  const {texts, raw} = secretsOf(teller);
  const isKey = ([name]) => /^key \d$/.test(name);
  await teller.startAll();
  await buy(world);
  const {pid} = teller.daemons.senderd;
  await assertOnlyKeys('a plain wallet', pid, raw.filter(isKey), [...texts, ...raw.filter(s => !isKey(s))]);
  const [errands] = childrenOf(pid);
  assert.equal(readFileSync(`/proc/${errands}/comm`, 'utf8'), 'teller-errands\n');
  await assertOnlyKeys('its errands', errands, [], [...texts, ...raw]);
});

const SKYCOIN = 'test/vectors/data/skycoin';
const hmac512 = (key, data) => createHmac('sha512', key).update(data).digest();

// What a wallet of the fixtures is made of: texts of its file and what is computed from them.
function secretsOfFixture(w, text) {
  const keys = w.entries.map((e, n) => [`key ${n}`, Buffer.from(e.seckey, 'hex')]);
  const others = w.entries.map((e, n) => [`key ${n} in hex`, Buffer.from(e.seckey)]);
  for (const name of ['seed', 'seed_passphrase', 'password'])
    if (w[name]) others.push([name, Buffer.from(w[name])]);
  if (w.last_seed) others.push(['last seed in hex', Buffer.from(w.last_seed)], ['last seed', Buffer.from(w.last_seed, 'hex')]);
  for (const [xprv] of text.matchAll(/xprv\w+/g)) others.push(['account key', Buffer.from(xprv)]);
  if (w.type === 'bip44') {
    const seed = pbkdf2Sync(w.seed, `mnemonic${w.seed_passphrase}`, 2048, 64, 'sha512');
    const master = hmac512('Bitcoin seed', seed);
    others.push(['BIP-39 seed', seed], ['master key', master.subarray(0, 32)], ['master chain code', master.subarray(32)]);
  }
  return {keys, others};
}

test('in memory, wallets of every type: nothing of what made the keys is left', async suite => {
  const {teller} = await World.real(suite, {fund: 0});
  const {wallets} = JSON.parse(readFileSync(`${SKYCOIN}/wallets.json`));
  const usable = wallets.filter(w => w.type !== 'xpub' && w.entries.length && !/bitcoin/.test(w.file) &&
    w.crypto_type !== 'scrypt-chacha20poly1305');      // 1 GiB: too dear for a test beside others
  assert.ok(usable.length >= 9);
  for (const w of usable) {
    const text = readFileSync(`${SKYCOIN}/wallets/${w.file}`, 'utf8');
    writeFileSync(teller.file('hot.wlt'), text, {mode: 0o600});
    writeFileSync(teller.file('password'), `${w.password ?? 'none'}\n`, {mode: 0o600});
    teller.configure({sky_exchanger: {wallet_password_file: w.encrypted ? teller.file('password') : ''}});
    const senderd = teller.start('senderd');
    await senderd.ready(/ ready after_ms/);
    const {keys, others} = secretsOfFixture(w, text);
    await assertOnlyKeys(w.file, senderd.pid, keys, others);
    await teller.stop('senderd');
    assertNone([...keys, ...others], `the log, with ${w.file}`, teller.log('senderd'));
  }
});

// As the user of the service: `nobody`, where the test runs as root.
const asUser = (file, args) => root ? ['setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', file, ...args]] : [file, args];

// Daemons that the tests below run as that user.
async function userWorld(suite, names) {
  const {teller} = await World.dummy(suite);
  for (const name of names) copyFileSync(path.join(BIN, name), teller.file(name));
  if (root) for (const file of [teller.dir, ...filesBelow(teller.dir), teller.file('web')]) chownSync(file, 65534, 65534);
  return teller;
}

function startAsUser(teller, name, before = []) {
  const [file, ...args] = [...before, teller.file(name), '--dir', teller.dir];
  return teller.daemons[name] = new Process(name, ...asUser(file, args), {log: teller.file(`${name}.log`)});
}

test('another program of the same user cannot look into senderd, and no core is dumped', async suite => {
  const names = ['exchangerd', 'senderd'];
  const teller = await userWorld(suite, names);
  for (const name of names) startAsUser(teller, name);
  await until('both to be ready', () => names.every(n => / ready after_ms/.test(teller.log(n))));
  const look = (name, what) => run(...asUser('/bin/cat', [`/proc/${teller.daemons[name].pid}/${what}`]), {encoding: 'buffer'});
  for (const what of ['maps', 'environ', 'auxv', 'io']) {
    await look('exchangerd', what);     // the same user may, as a rule
    await assert.rejects(look('senderd', what), /Permission denied/, what);
    const [errands] = childrenOf(teller.daemons.senderd.pid);
    await assert.rejects(run(...asUser('/bin/cat', [`/proc/${errands}/${what}`])), /Permission denied/, `errands: ${what}`);
  }
  const limits = readFileSync(`/proc/${teller.daemons.senderd.pid}/limits`, 'utf8');
  assert.match(limits, /^Max core file size +0 +0 /m);
  assert.equal(statSync(`/proc/${teller.daemons.senderd.pid}/maps`).uid, 0);
  teller.daemons.senderd.child.kill('SIGSEGV');
  assert.deepEqual(await teller.daemons.senderd.ended, {status: null, signal: 'SIGSEGV'});
  assert.deepEqual(filesBelow(teller.dir).filter(f => /core/.test(path.basename(f))), []);
});

test('memory that cannot be locked is said in words, and nothing runs without', async suite => {
  const teller = await userWorld(suite, ['senderd']);
  const senderd = startAsUser(teller, 'senderd', ['prlimit', '--memlock=0:0']);
  const {status} = await senderd.ended;
  assert.notEqual(status, 0);
  assert.match(senderd.output(), /cannot lock .*raise the limit: ulimit -l/);
  assert.doesNotMatch(senderd.output(), / ready /);
});
