// Every kind of hot wallet pays, its password given in each of the three ways; what cannot or must
// not be used is refused in words; and no secret of it is ever seen outside.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {closeSync, mkdirSync, openSync, readFileSync, readSync, readdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {customer} from './lib/files.mjs';
import {BIN} from './lib/teller.mjs';
import {AtTerminal} from './lib/terminal.mjs';
import {writeAnyWallet} from './lib/wallets.mjs';
import {World, owed} from './lib/world.mjs';

const SATOSHI = 100000;
const PASSWORD = 'correct horse b\u00e4ttery';

// Runs tellerctl on the world's configuration; answers {status, out}, both outputs in one.
const tellerctl = (teller, ...args) => new Promise(resolve => execFile(path.join(BIN, 'tellerctl'),
  ['--dir', teller.dir, '--config', teller.file('teller.ini'), ...args],
  (error, stdout, stderr) => resolve({status: error ? error.code : 0, out: stdout, all: stdout + stderr})));

// A world whose hot wallet is this one, filled at all its addresses.
async function worldOf(suite, wallet, conf = {}) {
  const world = await World.real(suite, {fund: 0});
  const made = writeAnyWallet(world.teller.file('hot.wlt'), wallet);
  world.teller.configure({sky_exchanger: conf});
  world.teller.walletAddresses = made.addresses;
  for (const address of made.addresses)
    await world.sky.sim('fund', {address, count: 2, coins: '100', hours: 10000});
  return {world, ...made};
}

// Two sales, of more than the first address holds: keys of others sign, too.
async function assertPays({teller, bitcoin}, assertPaid) {
  const sky = [customer(0), customer(1)];
  const satoshi = [52 * 10 ** 6, SATOSHI];        // 260 SKY and half a SKY
  for (const [i, s] of sky.entries()) await bitcoin.pay([{address: await teller.bind(s), satoshi: satoshi[i]}]);
  await teller.depositsIn('done', 2);
  await assertPaid({[sky[0]]: owed(satoshi[0]), [sky[1]]: owed(satoshi[1])});
}

async function startOthers(teller) {
  for (const name of ['scannerd', 'exchangerd', 'apid']) teller.start(name);
  await teller.ready();
}

test('deterministic, encrypted (scrypt): password from the file of the configuration', async suite => {
  const {world, addresses} = await worldOf(suite,
    {crypto: 'scrypt-chacha20poly1305', password: PASSWORD}, {wallet_password_file: 'password'});
  const {teller} = world;
  writeFileSync(teller.file('password'), `${PASSWORD}\n`, {mode: 0o600});
  await teller.startAll();
  await assertPays(world, paid => world.assertPaid(paid));
  assert.match(teller.log('senderd'), new RegExp(`wallet_loaded type=deterministic encrypted=yes addresses=2 change_to=${addresses[0]}`));
});

test('collection, encrypted (sha256-xor): password from systemd', async suite => {
  const {world} = await worldOf(suite, {type: 'collection', keys: 3, crypto: 'sha256-xor', password: PASSWORD});
  const {teller} = world;
  mkdirSync(teller.file('credentials'));
  writeFileSync(teller.file('credentials/wallet_password'), PASSWORD, {mode: 0o400});
  teller.start('senderd', {CREDENTIALS_DIRECTORY: teller.file('credentials')});
  await startOthers(teller);
  await assertPays(world, paid => world.assertPaid(paid));
});

test('bip44, encrypted, an address made while it was locked: password at the terminal', async suite => {
  const {world} = await worldOf(suite, {type: 'bip44', crypto: 'scrypt-chacha20poly1305-insecure', password: PASSWORD, forget: true});
  const {teller} = world;
  const senderd = new AtTerminal(teller, 'senderd');
  await senderd.question(/Password of the wallet .*hot\.wlt: /);
  senderd.type(`${PASSWORD}\n`);
  await startOthers(teller);
  await assertPays(world, paid => world.assertPaid(paid));
  assert.ok(!senderd.output().includes(PASSWORD), 'what is typed must not be shown');
});

test('bip44 and collection, plain', async suite => {
  for (const type of ['bip44', 'collection'])
    await suite.test(type, async sub => {
      const {world} = await worldOf(sub, {type});
      await world.teller.startAll();
      await assertPays(world, paid => world.assertPaid(paid));
    });
});

// --- the terminal, left early -------------------------------------------------------------------------

test('Ctrl-C at the question ends senderd in good order; an end of input is a mistake', async suite => {
  const world = await World.dummy(suite);
  const {teller} = world;
  writeAnyWallet(teller.file('hot.wlt'), {crypto: 'sha256-xor', password: PASSWORD});
  for (const [typed, status] of [['half\x03', 0], ['\x04', 2], ['wrong\n', 2]]) {
    const senderd = new AtTerminal(teller, 'senderd');
    await senderd.question(/Password of the wallet/);
    senderd.type(typed);
    assert.deepEqual(await senderd.ended, {status, signal: null}, senderd.output());
    delete teller.daemons.senderd;
  }
});

// --- what is refused ------------------------------------------------------------------------------------

const ENCRYPTED = {crypto: 'sha256-xor', password: PASSWORD};
const REFUSED = [
  {why: 'no password', wallet: ENCRYPTED, says: /wallet_password_file.*systemd credential 'wallet_password'.*terminal/},
  {why: 'a wrong password', wallet: ENCRYPTED, file: 'wrong\n', says: /hot\.wlt': cannot unlock it: the password is wrong/},
  {why: 'a space too much', wallet: ENCRYPTED, file: `${PASSWORD} \n`, says: /the password is wrong/},
  {why: 'an empty password', wallet: ENCRYPTED, file: '\n', says: /it is empty/},
  {why: 'a password that others can read', wallet: ENCRYPTED, file: PASSWORD, fileMode: 0o644, says: /password' is open to other users \(mode 0644, must be 0600\)/},
  {why: 'a wallet that others can read', wallet: {mode: 0o644}, says: /hot\.wlt' is open to other users \(mode 0644, must be 0600\)/},
  {why: 'a wallet that the group can read', wallet: {mode: 0o640}, says: /mode 0640/},
];

test('refused once and for all, status 2, in words', async suite => {
  for (const {why, wallet, file, fileMode = 0o600, says} of REFUSED)
    await suite.test(why, async sub => {
      const {teller} = await World.dummy(sub);
      teller.configure({sky_exchanger: file === undefined ? {} : {wallet_password_file: 'password'}});
      const {secrets} = writeAnyWallet(teller.file('hot.wlt'), wallet);
      if (file !== undefined) writeFileSync(teller.file('password'), file, {mode: fileMode});
      const senderd = teller.start('senderd');
      assert.deepEqual(await senderd.ended, {status: 2, signal: null}, senderd.output());
      delete teller.daemons.senderd;
      assert.match(senderd.output(), says);
      assert.deepEqual(secrets.filter(s => senderd.output().includes(s)), []);
    });
});

test('allowed by a key: a wallet that others can read; said: a password that nobody needs', async suite => {
  const {teller} = await World.dummy(suite);
  writeAnyWallet(teller.file('hot.wlt'), {mode: 0o644});
  writeFileSync(teller.file('password'), PASSWORD, {mode: 0o600});
  teller.configure({sky_exchanger: {wallet_allow_shared: true, wallet_password_file: 'password'}});
  await teller.startAll();
  assert.match(teller.log('senderd'), /wallet_shared file=.*hot\.wlt why="it is open to other users \(mode 0644, must be 0600\)"/);
  assert.match(teller.log('senderd'), /wallet_password_not_needed why="the wallet is not encrypted"/);
  assert.deepEqual(teller.watchLines('senderd'), []);
});

// --- nothing is seen ---------------------------------------------------------------------------------------

// Everything below a folder, but for the files that hold the secrets by right.
function* filesBelow(dir, but) {
  for (const e of readdirSync(dir, {withFileTypes: true}))
    if (e.isDirectory()) yield* filesBelow(path.join(dir, e.name), but);
    else if (e.isFile() && !but.includes(e.name)) yield path.join(dir, e.name);
}

// What is readable of another process; null where the kernel lets nobody look.
function peek(read) {
  try {
    return read();
  } catch (e) {
    assert.ok(['EACCES', 'EPERM'].includes(e.code), e.message);
    return null;
  }
}

// Every text of `needles` that lies somewhere in the process's memory.
function foundInMemory(pid, needles) {
  const found = new Set();
  const fd = openSync(`/proc/${pid}/mem`, 'r');
  for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
    const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
    if (!from) continue;
    const bytes = Buffer.alloc(Number(BigInt(`0x${to}`) - BigInt(`0x${from}`)));
    try {
      readSync(fd, bytes, 0, bytes.length, BigInt(`0x${from}`));
    } catch { continue; }         // a guard page, or gone meanwhile
    for (const n of needles) if (bytes.includes(n)) found.add(`${n} in ${line}`);
  }
  closeSync(fd);
  return [...found];
}

for (const crypto of ['scrypt-chacha20poly1305', 'sha256-xor'])
  test(`no secret in logs, answers, files, processes, memory (${crypto})`, async suite => {
    const {world, secrets} = await worldOf(suite, {type: 'bip44', crypto, password: PASSWORD}, {wallet_password_file: 'password'});
    const {teller} = world;
    writeFileSync(teller.file('password'), `${PASSWORD}\n`, {mode: 0o600});
    await teller.startAll();
    await assertPays(world, paid => world.assertPaid(paid));
    const pid = teller.daemons.senderd.pid;
    const seen = {
      health: JSON.stringify(await teller.health()),
      status: (await tellerctl(teller, 'status', '--json')).all,
      check: (await tellerctl(teller, 'wallet', 'check', teller.file('hot.wlt'))).all,
      config: (await tellerctl(teller, 'config', 'show')).all,
      cmdline: peek(() => readFileSync(`/proc/${pid}/cmdline`, 'latin1')),
      environ: peek(() => readFileSync(`/proc/${pid}/environ`, 'latin1')),
    };
    for (const f of filesBelow(teller.dir, ['hot.wlt', 'password'])) seen[f] = readFileSync(f, 'latin1');
    assert.ok(seen[teller.file('senderd.log')].includes('wallet_loaded'), 'the log must be among what is searched');
    assert.equal(secrets.length, 2 + 1 + 3 + 1);
    for (const [where, text] of Object.entries(seen))
      assert.deepEqual(secrets.filter(s => text?.includes(Buffer.from(s).toString('latin1')) || text?.includes(s)), [], where);
    const [found, known] = [secrets, [teller.dir]].map(needles => peek(() => foundInMemory(pid, needles)));
    assert.deepEqual(found ?? [], []);
    assert.ok(known === null || known.length > 0, 'what is there must be found by the same search');
  });

// --- tellerctl wallet check -----------------------------------------------------------------------------------

test('tellerctl wallet check: balances of every address; without a node and without a password what can be said', async suite => {
  const {world, addresses} = await worldOf(suite, {type: 'bip44', crypto: 'sha256-xor', password: PASSWORD});
  const {teller} = world;
  const check = async () => {
    const {status, out} = await tellerctl(teller, 'wallet', 'check', '--json', teller.file('hot.wlt'));
    return [status, JSON.parse(out)];
  };

  let [status, report] = await check();
  assert.equal(status, 0);
  assert.deepEqual(report.addresses.map(a => [a.address, a.coins]), addresses.map(a => [a, '200.000000']));
  assert.deepEqual([report.type, report.encrypted, report.crypto_type, report.entries, report.coins, report.keys_checked],
    ['bip44', true, 'sha256-xor', 3, '600.000000', false]);
  assert.ok(report.hours >= 60000 && report.addresses.every(a => a.hours >= 20000));

  writeFileSync(teller.file('password'), PASSWORD, {mode: 0o600});
  teller.configure({sky_exchanger: {wallet_password_file: 'password'}});
  [status, report] = await check();
  assert.deepEqual([status, report.keys_checked], [0, true]);
  const text = await tellerctl(teller, 'wallet', 'check', teller.file('hot.wlt'));
  assert.match(text.out, /^type: +bip44\nversion: +0\.4\nencrypted: yes, sha256-xor\nentries: +3\nkeys: +each makes its address\n/);
  assert.match(text.out, new RegExp(`\n${addresses[0]} +200\\.000000 +\\d+  change comes here\n`));
  assert.match(text.out, /\nall, spendable now +600\.000000 +\d+\n$/);

  writeFileSync(teller.file('password'), 'wrong', {mode: 0o600});
  const wrong = await tellerctl(teller, 'wallet', 'check', teller.file('hot.wlt'));
  assert.deepEqual([wrong.status, wrong.out], [2, '']);
  assert.match(wrong.all, /the password is wrong/);

  writeFileSync(teller.file('password'), PASSWORD, {mode: 0o600});
  teller.configure({sky_rpc: {address: '127.0.0.1:1'}});
  [status, report] = await check();
  assert.equal(status, 1);
  assert.match(report.balance_problem, /./);
  assert.deepEqual(report.addresses, addresses.map(address => ({address})));
});
