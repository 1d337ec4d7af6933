// Whole sales against every generation of Skycoin node, over each of its interfaces, and while the
// operator upgrades it.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {test} from 'node:test';
import {customer} from './lib/files.mjs';
import {until} from './lib/wait.mjs';
import {World, owed} from './lib/world.mjs';

const EXACT = 1000000;       // 5 SKY
const UNEVEN = 123456;       // 0.61728 SKY: paid 0.617
const DUST = 199;            // nothing

// Customer n buys for each of the amounts.
async function buy({teller}, n, ...satoshis) {
  const address = await teller.bind(customer(n));
  for (const [i, satoshi] of satoshis.entries())
    await teller.pretendDeposit({address, satoshi, tx: `sale${n}`, n: i, height: 100 + n});
  return {[customer(n)]: satoshis.map(s => owed(s)).reduce((a, b) => a + b)};
}

async function sellTwice(world) {
  const {teller} = world;
  const first = await buy(world, 0, EXACT, UNEVEN, DUST);
  await teller.depositsIn('done', 3);
  const second = await buy(world, 1, EXACT, EXACT);
  await teller.depositsIn('done', 5);
  await world.assertPaid({...first, ...second});
}

const assertNoProblem = ({teller}) => until('no node to be a problem', async () => !(await teller.problems()).some(p => p.what.startsWith('sky_')));
const REST = '/api/v1/injectTransaction';
const LEGACY = '/injectTransaction';
const WEBRPC = '/webrpc#inject_transaction';

// `injects`: the one door by which payments are handed in.
const nodes = [
  {name: 'modern REST', sky: {generation: 'modern'}, injects: REST},
  {name: '0.24 REST', sky: {generation: 'early'}, injects: REST},
  {name: 'legacy REST', sky: {generation: 'legacy'}, injects: LEGACY},
  {name: 'webrpc, and nothing else', sky: {generation: 'legacy', args: ['--no-rest']}, injects: WEBRPC},
  {name: 'modern REST without CSRF tokens', sky: {args: ['--no-csrf']}, injects: REST},
  {name: 'legacy REST without CSRF tokens', sky: {generation: 'legacy', args: ['--no-csrf']}, injects: LEGACY},
  {name: 'modern REST with a password', sky: {args: ['--auth', 'user:secret']}, conf: {sky_rpc: {user: 'user', pass: 'secret'}}, injects: REST},
];

for (const {name, sky, conf, injects} of nodes) {
  test(`a sale over ${name}`, async suite => {
    const world = await World.pretended(suite, {sky, conf});
    await world.teller.startAll();
    await sellTwice(world);
    await assertNoProblem(world);
    assert.deepEqual(Object.keys((await world.sky.ledger()).requests).filter(p => /inject/.test(p)), [injects]);
  });
}

test('a sale over https, with the node\'s own certificate; not without it', async suite => {
  const world = await World.pretended(suite, {fund: 0});
  const {teller} = world;
  const [key, cert] = [teller.file('node.key'), teller.file('node.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert], {stdio: 'ignore'});
  await world.replaceSky({args: ['--tls-key', key, '--tls-cert', cert]});
  assert.match(world.sky.address, /^https:/);
  await teller.startAll();
  const paid = await buy(world, 0, EXACT);
  await until('the certificate to be refused', async () => (await teller.problems()).some(p => p.what === 'sky_node'));
  assert.deepEqual((await world.sky.ledger()).injections, []);
  teller.configure({sky_rpc: {cert}});
  await teller.restartAll();
  await teller.depositsIn('done', 1);
  await world.assertPaid(paid);
  await assertNoProblem(world);
});

test('a password that the node does not take is said to be the trouble', async suite => {
  const world = await World.pretended(suite, {sky: {args: ['--auth', 'user:secret']}, conf: {sky_rpc: {user: 'user', pass: 'wrong'}}});
  const {teller} = world;
  await teller.startAll();
  const paid = await buy(world, 0, EXACT);
  const {text} = await until('health to tell', async () => (await teller.problems()).find(p => p.what === 'sky_node'));
  assert.match(text, /401|sky_rpc\.user|password/i);
  teller.configure({sky_rpc: {pass: 'secret'}});
  await teller.restartAll();
  await teller.depositsIn('done', 1);
  await world.assertPaid(paid);
});

// --- upgrades -------------------------------------------------------------------------------------------

const pendingTxid = ({sky}) => until('a pending payment', async () => (await sky.ledger()).pending[0]?.txid);

// In each step a payment is pending when the node is replaced, and is confirmed under the new one.
test('a node is upgraded, and taken back, with payments on their way', async suite => {
  const world = await World.pretended(suite, {sky: {generation: 'legacy'}, autoBlockMs: 0});
  const {teller, sky} = world;
  await teller.startAll();
  const paid = {};
  for (const [n, name] of ['early', 'modern', 'legacy'].entries()) {
    Object.assign(paid, await buy(world, n, EXACT + n));
    await pendingTxid(world);
    await sky.sim('generation', {name});
    await sky.sim('block');
    await teller.depositsIn('done', n + 1);
  }
  await world.assertPaid(paid);
  await assertNoProblem(world);
});

test('configured by its old JSON-RPC port and by REST, a node is upgraded', async suite => {
  const world = await World.pretended(suite, {sky: {generation: 'legacy'}});
  const {teller, sky} = world;
  teller.configure({sky_rpc: {address: `${sky.rpcAddress},${sky.address}`}});
  await teller.startAll();
  const first = await buy(world, 0, EXACT);
  await teller.depositsIn('done', 1);
  await sky.sim('generation', {name: 'modern'});
  const second = await buy(world, 1, UNEVEN);
  await teller.depositsIn('done', 2);
  await world.assertPaid({...first, ...second});
});
