// What an operator does with tellerctl while the daemons run, are killed, or are down.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {customer} from './lib/files.mjs';
import {until} from './lib/wait.mjs';
import {World, owed} from './lib/world.mjs';

const FIVE = 1000000;       // satoshi: 5 SKY
const FIFTY = 10000000;     // 50 SKY

// Deposits of customer n, pretended; answers its id.
async function sell(teller, n, satoshi) {
  const address = await teller.bind(customer(n));
  await teller.pretendDeposit({address, satoshi, tx: `tx${n}`});
  const all = () => teller.query(`SELECT id FROM deposit WHERE sky_address = '${customer(n)}'`);
  return until('the deposit to be recorded', async () => (await all())[0]?.id);
}

const listed = (teller, what, count) => until(`${count} payouts that are ${what}`, async () => {
  const list = await teller.ctlJson('payout', 'list', what);
  return list.length === count && list;
});
const problem = (teller, what) => until(`the problem ${what}`, async () => (await teller.problems()).find(p => p.what === what));
const over = (teller, what) => until(`${what} to be over`, async () => !(await teller.problems()).some(p => p.what === what));

// A daemon that takes no connection within two seconds, or does not answer for long, does so later: asking
// again does no harm.
const NOT_NOW = /does not run|did not answer/;
const told = (teller, words, otherwise = /^$/) => until(`tellerctl ${words.join(' ')}`, async () => {
  const answer = await teller.ctl(...words);
  if (NOT_NOW.test(answer.notes) && !otherwise.test(answer.notes)) throw new Error(answer.notes);
  return answer;
});

async function done(teller, ...words) {
  const {status, out, notes} = await told(teller, words);
  assert.equal(status, 0, notes);
  return out;
}
async function refused(teller, text, ...words) {
  const {status, out, notes} = await told(teller, words, text);
  assert.notEqual(status, 0, out);
  assert.match(notes, text);
}

test('sending is held over a kill and a restart, and goes on at once', async suite => {
  const world = await World.dummy(suite);
  const {teller} = world;
  await teller.startAll();
  const first = await done(teller, 'send', 'hold', 'rates', 'look', 'wrong');
  assert.match(first, /^sending is held by \S+ since \S+Z: rates look wrong\n$/);
  assert.equal(await done(teller, 'send', 'hold', 'again'), first, 'who came first is who is named');
  const id = await sell(teller, 0, FIVE);
  await listed(teller, 'waiting', 1);
  await teller.kill('senderd');
  teller.start('senderd');
  await teller.ready();
  assert.equal((await problem(teller, 'send_held')).text.split(';')[0], first.trim());
  await teller.restart('senderd');
  await teller.ready();
  assert.deepEqual(await until('the broadcasts', () => teller.broadcasts()), []);
  assert.equal((await listed(teller, 'waiting', 1))[0].deposit_id, id);

  assert.equal(await done(teller, 'send', 'resume', 'mended'), 'sending goes on\n');
  const [tx] = await until('a transaction', async () => { const b = await teller.broadcasts(); return b.length && b; });
  await teller.pretendConfirmation(tx.txid);
  await listed(teller, 'confirmed', 1);
  await over(teller, 'send_held');
  const acts = await teller.query('SELECT kind, uid, why FROM operator_act ORDER BY seq');
  assert.deepEqual(acts, [{kind: 'send_hold', uid: process.getuid(), why: 'rates look wrong'},
    {kind: 'send_resume', uid: process.getuid(), why: 'mended'}]);
});

test('a payout above a cap waits until it is approved, smaller ones pass', async suite => {
  const world = await World.dummy(suite, {conf: {sky_exchanger: {cap_payout: 10}}});
  const {teller} = world;
  await teller.startAll();
  const large = await sell(teller, 0, FIFTY);
  const small = await sell(teller, 1, FIVE);
  const [held] = await listed(teller, 'held', 1);
  assert.deepEqual([held.deposit_id, held.held_by, held.coins, held.approved], [large, 'cap_payout', '50.000000', false]);
  assert.equal((await listed(teller, 'sent', 1))[0].deposit_id, small);
  assert.match((await problem(teller, 'payout_cap')).text, new RegExp(`payout of deposit ${large} exceeds cap of 10.000000 SKY a payout: .tellerctl payout approve ${large}.`));
  await until('senderd to say so', async () =>
    new RegExp(`^payout of deposit ${large} exceeds cap`).test((await teller.reports()).find(d => d.name === 'senderd').error));
  // Customers need not know the cap, nor which deposit it is.
  await until('customers to be told', async () => (await teller.health()).exchange.sender_error === 'large payouts wait for a person to approve them');
  await teller.restart('senderd');
  await teller.ready();
  await problem(teller, 'payout_cap');
  assert.equal(teller.watchLines('senderd').filter(l => l.includes('payout_capped')).length, 1);

  await refused(teller, /deposit 99 has no payout/, 'payout', 'approve', '99');
  await refused(teller, /does not wait, it is sent/, 'payout', 'approve', String(small));
  await refused(teller, /is no deposit's number/, 'payout', 'approve', 'x');
  const approved = await done(teller, 'payout', 'approve', String(large));
  assert.match(approved, new RegExp(`^payout of deposit ${large} \\(50.000000 SKY to ${customer(0)}\\) is approved\n$`));
  await listed(teller, 'sent', 2);
  await over(teller, 'payout_cap');
  assert.equal(await done(teller, 'payout', 'approve', String(large)), approved);
});

test('what is read is read while senderd is down, what is told is not', async suite => {
  const world = await World.dummy(suite);
  const {teller} = world;
  await teller.startAll();
  await sell(teller, 0, FIVE);
  const [{txid}] = await listed(teller, 'sent', 1);
  await teller.stop('senderd');
  assert.match(await done(teller, 'payout', 'list'), new RegExp(`^1 sent 5.000000 ${customer(0)} age="\\S+" txid=${txid}\n$`));
  assert.match(await done(teller, 'tx', 'list'), new RegExp(`^${txid} sent payouts=1 coins=5.000000 age="\\S+"\n$`));
  const shown = await teller.ctlJson('tx', 'show', txid);
  assert.deepEqual([shown.state, shown.held, shown.deposits.length, shown.history.map(h => h.to)], ['sent', false, 1, ['saved', 'sent']]);
  assert.ok(shown.outputs.some(o => o.address === customer(0) && o.coins === '5.000000'));
  assert.equal(shown.raw.length, 2 * shown.size);
  assert.match(await done(teller, 'tx', 'show', txid), new RegExp(`1: 5.000000 SKY to ${customer(0)}, sent\n`));
  await refused(teller, /was never saved/, 'tx', 'show', '0'.repeat(64));
  await refused(teller, /is no state of a payout/, 'payout', 'list', 'lost');
  await refused(teller, /senderd does not run/, 'send', 'hold');
  await refused(teller, /is not held, it is sent/, 'tx', 'release', '--yes-i-know', '--why', 'a test', txid);
});

// A transaction that the node refuses, and the operator at a terminal.
async function heldTransaction(suite) {
  const world = await World.real(suite);
  const {teller, bitcoin, sky} = world;
  await teller.startAll();
  const address = await teller.bind(customer(0));
  await sky.sim('fail', {mode: 'error', status: 400, text: 'Transaction violates soft constraint: the rules have changed', next: -1, path: 'inject'});
  await bitcoin.pay([{address, satoshi: FIVE}]);
  const [held] = await until('a held transaction', async () => {
    const list = await teller.ctlJson('tx', 'list', 'held');
    return list.length && list;
  });
  return {...world, world, held};
}

const released = (teller, txid) => teller.query(`SELECT state, released_by FROM payout_tx WHERE txid = '${txid}'`);

test('a held transaction is shown, and released by who answers twice', async suite => {
  const {world, teller, sky, held} = await heldTransaction(suite);
  const {txid} = held;
  assert.match((await problem(teller, 'payout_tx')).text, new RegExp(txid));
  const shown = await done(teller, 'tx', 'show', txid);
  assert.match(shown, /^state {7}saved, held\n/m);
  assert.match(shown, /^the node {4}.*the rules have changed\n/m);
  await refused(teller, /needs --why/, 'tx', 'release', '--yes-i-know', txid);

  const no = await teller.ctlAtTerminal(['no'], 'tx', 'release', txid);
  assert.match(no.out, /THEN CUSTOMERS MAY BE PAID\s+TWICE[^]*Type 'yes'[^]*that was not 'yes': nothing was done/);
  const other = await teller.ctlAtTerminal(['yes', '00000000'], 'tx', 'release', txid);
  assert.match(other.out, /nothing was done/);
  assert.deepEqual(await released(teller, txid), [{state: 'saved', released_by: ''}]);

  // Before the node takes it: it is offered again by itself.
  const yes = await teller.ctlAtTerminal(['yes', txid.slice(0, 8)], 'tx', 'release', '--why', 'a test', txid);
  assert.match(yes.out, new RegExp(`transaction ${txid} was released by \\S+ and is dead; `));
  await sky.sim('fail', {mode: 'none'});
  await teller.depositsIn('done', 1);
  await world.assertPaid({[customer(0)]: owed(FIVE)});
  const [act] = await teller.query('SELECT kind, subject, uid, why FROM operator_act');
  assert.deepEqual(act, {kind: 'tx_release', subject: txid, uid: process.getuid(), why: 'a test'});
  assert.match(await done(teller, 'tx', 'show', txid), /released by \S+\n[^]*saved -> dead, by \S+: released: a test\n/);
  await over(teller, 'payout_tx');
});

test('a script may release, twice is once, and the daemon may die in between', async suite => {
  const {world, teller, sky, held} = await heldTransaction(suite);
  const command = ['tx', 'release', '--yes-i-know', '--why', 'a script', held.txid];
  await teller.restart('senderd', {TELLER_FAULT: 'controls.release.after'});
  await refused(teller, /senderd did not answer/, ...command);
  assert.equal((await teller.daemons.senderd.ended).signal, 'SIGKILL');
  teller.start('senderd');
  await teller.ready();
  assert.match(await done(teller, ...command), /was released by \S+ and is dead/);
  await sky.sim('fail', {mode: 'none'});
  await teller.depositsIn('done', 1);
  await world.assertPaid({[customer(0)]: owed(FIVE)});
  assert.equal((await teller.query('SELECT * FROM operator_act')).length, 1);
});
