// Bitcoin Core's cookie file: another one at each start of the node, and none before.
import assert from 'node:assert/strict';
import {chmodSync, renameSync, writeFileSync} from 'node:fs';
import {test} from 'node:test';
import {customer} from './lib/files.mjs';
import {until} from './lib/wait.mjs';
import {World, owed} from './lib/world.mjs';

const SATOSHI = 1000000;

test('the cookie of Bitcoin Core is followed through its restarts', async suite => {
  const world = await World.real(suite, {proxy: true});
  const {teller, bitcoin, proxy} = world;
  const file = teller.file('.cookie');
  // As Core does: written beside it, then renamed.
  const write = (cookie, mode = 0o600) => {
    writeFileSync(`${file}.tmp`, cookie);
    chmodSync(`${file}.tmp`, mode);
    renameSync(`${file}.tmp`, file);
  };
  const told = part => until(`'${part}' to be told`, async () => {
    const problem = (await teller.problems()).find(p => p.what === 'btc_node');
    if (problem?.text.includes(part)) return true;
    throw new Error(JSON.stringify(problem));
  });
  const well = () => until('the node to be in order', async () => !(await teller.problems()).some(p => p.what === 'btc_node'));
  const paid = {};
  const sell = async n => {
    await bitcoin.pay([{address: await teller.bind(customer(n)), satoshi: SATOSHI + n}]);
    paid[customer(n)] = owed(SATOSHI + n);
    await teller.depositsIn('done', n + 1);
  };

  // The node has not started: nothing is there, and nothing is asked of it.
  proxy.cookie = '__cookie__:1111';
  teller.configure({btc_rpc: {user: '', pass: '', cookie_file: '.cookie'}});
  await teller.startAll();
  await told('cannot read the cookie file');
  assert.equal(proxy.requests, 0);
  write(proxy.cookie, 0o666);    // others may write it
  await told('can be written by other users');
  assert.equal(proxy.requests, 0);
  chmodSync(file, 0o600);
  await well();
  await sell(0);

  // It is started again: refused with the old cookie, in with the new one, without a word.
  proxy.cookie = '__cookie__:2222';
  write(proxy.cookie);
  await sell(1);
  assert.ok(!teller.log('scannerd').includes('does not let us in'));

  assert.ok(!/1111|2222/.test(teller.logs()), 'a cookie is in a log');
  await world.assertPaid(paid);
});
