// What health tells customers, and what it keeps for the operator.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {test} from 'node:test';
import {btcPool, customer} from './lib/files.mjs';
import {request} from './lib/http.mjs';
import {until} from './lib/wait.mjs';
import {World} from './lib/world.mjs';

const FIELDS = ['component', 'daemon', 'since', 'text', 'customers'];

test('health: pool, rates, refused payouts and nodes, in words for customers', async suite => {
  const world = await World.pretended(suite, {pool: btcPool(6), conf: {teller: {max_bound_addrs: 0}}});
  const {teller, sky} = world;
  await teller.startAll();
  await until('all to be well', async () => (await teller.health()).status === 'OK');

  // Told to everybody, by component, and to the operator by its word; nothing internal to the former.
  const told = (what, component) => until(`${what} to be told of ${component}`, async () => {
    assert.ok((await teller.problems()).some(p => p.what === what));
    const {text, json} = await request(`${teller.public}/api/health`);
    assert.equal(json.status, 'DEGRADED');
    const problem = json.problems.find(p => p.component === component);
    assert.ok(problem, `${component} in ${text}`);
    assert.deepEqual(Object.keys(problem), FIELDS);
    assert.ok(problem.since > 1e9 && problem.text && problem.customers, text);
    for (const secret of [teller.dir, '127.0.0.1', 'btc_addresses', '6420', '.sock']) assert.ok(!text.includes(secret), `${secret} in ${text}`);
    return problem;
  });
  const over = what => until(`${what} to be over`, async () => !(await teller.problems()).some(p => p.what === what));

  let n = 0;
  while ((await teller.pools()).BTC.remaining_addresses > 2) await teller.bind(customer(n++));
  await told('pool_low_btc', 'btc_pool');
  const {BTC} = await teller.pools();
  while ((await teller.pools()).BTC.remaining_addresses > 0) await teller.bind(customer(n++));
  assert.match((await told('pool_btc', 'btc_pool')).customers, /cannot be had/);
  await over('pool_low_btc');

  // Worth more than there can be: nobody can say what is owed for it.
  await teller.pretendDeposit({address: BTC.scanning_addresses[0], satoshi: '9223372036854775807', tx: 'too much'});
  assert.match((await told('no_rate', 'deposits')).customers, /none is lost/);

  await sky.sim('faults', {}).catch(() => {});    // there may be none to clear
  await sky.process.stop();
  await told('sky_node', 'payout_node');
  await until('the operator to be told where the node is', async () => (await teller.reports()).some(d => d.problems.some(p => p.text.includes('127.0.0.1'))));
  await teller.pretendDeposit({address: BTC.scanning_addresses[1], satoshi: 200000, tx: 'refused'});
  await until('the payout', async () => (await teller.query('SELECT state FROM payout')).length === 1);
  execFileSync('sqlite3', ['-cmd', '.timeout 60000', teller.file('teller.db'), "UPDATE payout SET state = 'refused', error = 'for a test'"]);
  await told('payout_refused', 'payouts');
});
