// `make run` after its first start: the walk that it prints, a second one beside it, Ctrl-C.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import path from 'node:path';
import {test} from 'node:test';
import {promisify} from 'node:util';
import {Process} from './lib/process.mjs';
import {until} from './lib/wait.mjs';
import {World} from './lib/world.mjs';

const execute = promisify(execFile);

const runLocal = (teller, name) => new Process(name, 'scripts/run-local', [],
  {log: teller.file(`${name}.log`), env: {TELLER_DIR: teller.dir, TELLER_BIN: path.resolve(process.env.TELLER_BIN ?? 'build/fault')}});

// What follows the line that announces the sale.
const walk = output => output.slice(output.indexOf('copy and paste:')).split('\n').slice(1).join('\n');

test('the printed walk ends in a sale that is done, twice; a second start refuses; Ctrl-C stops all', async suite => {
  const {teller} = await World.dummy(suite);
  const run = runLocal(teller, 'run');
  try {
    await until('the walk', () => !run.running || /grep done;.*\n\n$/.test(run.output()));
    assert.ok(run.running, run.output());
    for (let sale = 1; sale <= 2; sale++) {
      const {stdout} = await execute('bash', ['-euo', 'pipefail', '-c', walk(run.output())], {timeout: 300000});
      assert.match(stdout, /"status": "done"/);
      assert.deepEqual((await teller.deposits()).map(d => [d.status, d.sky_sent]), Array(sale).fill(['done', 5000000]));
    }

    const second = runLocal(teller, 'second');
    assert.deepEqual(await second.ended, {status: 1, signal: null});
    assert.match(second.output(), /another program listens on 127\.0\.0\.1:\d+: stop it, or change the address in /);
  } finally {
    await run.end('SIGINT');
  }

  assert.deepEqual(await run.end('SIGINT'), {status: 0, signal: null});
  assert.match(run.output(), /\nrun: stopped\n$/);
  await assert.rejects(teller.health());
});
