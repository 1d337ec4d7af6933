// A node that can trace does not for a while: what contracts paid meanwhile is found later, by itself, and
// nobody is told of a surplus; or an operator gives the blocks up, and is.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Proxy} from './lib/bitcoin.mjs';
import {ETHER} from './lib/ethereum.mjs';
import {customer} from './lib/files.mjs';
import {until} from './lib/wait.mjs';
import {World, owedWei} from './lib/world.mjs';

const DEEP = 13;

// The node traces or not as `world.front` is told.
async function untracing(suite) {
  const world = await World.ether(suite, {conf: {eth_rpc: {trace: 'auto'}, eth_scanner: {balance_check: '1s'}}});
  const {teller, ethereum} = world;
  world.front = world.proxy = await Proxy.start(ethereum.url);
  teller.configure({eth_rpc: {server: world.proxy.server}});
  await teller.startAll();
  world.forward = await ethereum.deploy('forward');
  await until('a block to be traced', async () => (await teller.query("SELECT hash FROM cursor WHERE coin = 'ETH'")).length);
  world.front.refuse = body => /debug_trace|trace_block/.test(body);
  return world;
}

const debts = ({teller}) => teller.query('SELECT height FROM trace_debt ORDER BY height');
const told = ({teller}) => teller.watchLines('exchangerd').filter(l => l.includes(' balance_surplus '));

// A whole look at the balances begins and ends.
async function compared({teller}) {
  const looks = async () => (await teller.query('SELECT started_at FROM balance_round'))[0]?.started_at ?? 0;
  for (const before of [await looks(), await looks() + 1]) await until('another look', async () => await looks() > before);
}

// Customer 0 is paid by a contract, customer 1 is not.
async function payUntraced(world) {
  const {teller, ethereum, forward} = world;
  const [to, plain] = [await teller.bind(customer(0), 'ETH'), await teller.bind(customer(1), 'ETH')];
  const hash = await ethereum.payBy(forward, to, ETHER);
  await ethereum.send({to: plain, wei: ETHER});
  await ethereum.mine();
  const height = await ethereum.height();
  await ethereum.mine(DEEP);
  await teller.depositsIn('done', 1);
  await until('the block to be owed', async () => (await debts(world)).some(d => d.height === height));
  return {height, hash};
}

test('what a contract paid while the node did not trace is found and paid once, by itself', async suite => {
  const world = await untracing(suite);
  const {teller} = world;
  const {height, hash} = await payUntraced(world);
  await until('the operator to be told', async () => (await teller.problems()).find(p => p.what === 'eth_untraced'));
  const {out} = await teller.ctl('trace', 'status');
  assert.match(out, new RegExp(`^ETH ${height} since=.* tries=\\d+ why=`, 'm'));
  await compared(world);
  assert.deepEqual(told(world), []);

  await teller.kill('scannerd');
  teller.start('scannerd');
  await until('the debt to be known still', async () => (await teller.reports())
    .some(r => r.detail?.chains?.some(c => c.untraced?.count > 0 && c.untraced.from <= height && c.untraced.to >= height)));
  world.front.refuse = undefined;
  const deposits = await teller.depositsIn('done', 2);
  assert.equal(Object.keys(deposits).filter(id => id.startsWith(`${hash}/`)).length, 1);
  await until('nothing to be owed', async () => (await debts(world)).length === 0
    && !(await teller.problems()).some(p => p.what === 'eth_untraced'));
  await compared(world);
  assert.deepEqual(told(world), []);
  await world.assertPaid({[customer(0)]: owedWei(ETHER), [customer(1)]: owedWei(ETHER)});
});

test('blocks that are given up show in the balances, once', async suite => {
  const world = await untracing(suite);
  const {teller} = world;
  const {height} = await payUntraced(world);
  // Swept before the blocks are given up, it would be nowhere else.
  await until('the surplus that waits to be in the log', () => / surplus_waits .*address=/.test(teller.log('scannerd')));
  const wrong = await teller.ctl('trace', 'drop', 'ETH', String(height), String(height - 1), 'typed', 'wrongly');
  assert.notEqual(wrong.status, 0);
  const {status, out, notes} = await teller.ctl('trace', 'drop', 'ETH', '0', String(height), 'this', 'node', 'never', 'traces');
  assert.equal(status, 0, notes);
  assert.match(out + notes, /1 blocks of ETH are not traced any more/);
  await until('the surplus', () => told(world).length === 1);
  await compared(world);
  assert.equal(told(world).length, 1);
  assert.deepEqual(await debts(world), []);
  await world.assertPaid({[customer(1)]: owedWei(ETHER)});
});
