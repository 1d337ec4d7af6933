// Another program holds the database's lock for longer than a daemon waits for it.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {test} from 'node:test';
import {customer} from './lib/files.mjs';
import {until} from './lib/wait.mjs';
import {World} from './lib/world.mjs';

// The lock is ours when this resolves; the function it gives lets go.
async function lock(file) {
  const sqlite = spawn('sqlite3', ['-cmd', '.timeout 60000', file], {stdio: ['pipe', 'pipe', 'inherit']});
  sqlite.stdin.write("BEGIN IMMEDIATE; SELECT 'locked';\n");
  await once(sqlite.stdout, 'data');
  return async () => {
    sqlite.stdin.end('ROLLBACK;\n');
    await once(sqlite, 'exit');
  };
}

test('locked while exchangerd starts, and while a deposit comes: both wait, nothing is twice', async suite => {
  const {teller} = await World.dummy(suite);
  await teller.startAll();
  const sky = customer(0);
  const address = await teller.bind(sky);
  const paid = async tx => until(`${tx} done`, async () => {
    for (const b of await teller.broadcasts()) if (!b.confirmed) await teller.pretendConfirmation(b.txid);
    return (await teller.deposits()).find(d => d.deposit_id === `${tx}:0`)?.status === 'done';
  });

  await teller.stop('exchangerd');
  await teller.pretendDeposit({address, satoshi: 1000000, tx: 'first', n: 0});
  let release = await lock(teller.file('teller.db'));
  teller.start('exchangerd');
  await until('exchangerd to give up on the lock once', () => teller.log('exchangerd').includes('waiting_to_start'));
  assert.ok(teller.daemons.exchangerd.running);
  await release();
  await paid('first');

  release = await lock(teller.file('teller.db'));
  const refused = await teller.pretendDeposit({address, satoshi: 1000000, tx: 'second', n: 0}).then(() => null, e => e);
  await release();
  assert.ok(refused, 'a deposit that could not be recorded must not be claimed to be');
  await teller.pretendDeposit({address, satoshi: 1000000, tx: 'second', n: 0});
  await paid('second');
  assert.deepEqual((await teller.deposits()).map(d => [d.deposit_id, d.sky_sent]), [['first:0', 5000000], ['second:0', 5000000]]);
});
