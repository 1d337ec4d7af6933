// What an Ethereum chain does to deposits: reorganisations made by the node, transactions that come
// back at another place, a chain that gets shorter, finality, a node that is stopped and started.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ETHER} from './lib/ethereum.mjs';
import {customer} from './lib/files.mjs';
import {until} from './lib/wait.mjs';
import {World, owedWei} from './lib/world.mjs';

const WEI = ETHER / 4n;

async function world(suite, conf = {}, ethereum = true) {
  const w = await World.real(suite, {ethereum, conf});
  await w.teller.startAll();
  return w;
}

// The newest block of the node is the last one scanned.
async function scanned({teller, ethereum}) {
  const {hash} = await ethereum.rpc('eth_getBlockByNumber', 'latest', false);
  await until(`block ${hash} to be scanned`,
    async () => (await teller.query("SELECT hash FROM cursor WHERE coin = 'ETH'"))[0]?.hash === hash.slice(2));
}
const raw = ({ethereum}, hash) => ethereum.rpc('eth_getRawTransactionByHash', hash);
const state = async ({teller}) => (await teller.query('SELECT state FROM deposit')).map(r => r.state).join();

test('a transaction that comes back at another place of another block is one deposit', async suite => {
  const w = await world(suite, {eth_scanner: {confirmations_required: 3}});
  const {teller, ethereum} = w;
  const sky = customer(0);
  const to = await teller.bind(sky, 'ETH');
  await ethereum.mine();
  await ethereum.send({from: ethereum.accounts[1], to: ethereum.accounts[2], wei: 1n});
  const {transactionHash: hash, transactionIndex} = await ethereum.pay({to, wei: WEI});
  assert.equal(Number(transactionIndex), 1);
  await scanned(w);
  await ethereum.reorganise(2, [[await raw(w, hash), 0]]);
  assert.equal(Number((await ethereum.receipt(hash)).transactionIndex), 0);
  await scanned(w);
  await ethereum.mine(3);
  assert.deepEqual(Object.keys(await teller.depositsIn('done', 1)), [`${hash}:1`]);
  await w.assertPaid({[sky]: owedWei(WEI)});
});

test('gone before it was paid: void; back, elsewhere: paid once', async suite => {
  const w = await world(suite, {sky_exchanger: {send_enabled: false}});
  const {teller, ethereum} = w;
  const sky = customer(0);
  const to = await teller.bind(sky, 'ETH');
  await ethereum.send({from: ethereum.accounts[1], to: ethereum.accounts[2], wei: 1n});
  const {transactionHash: hash} = await ethereum.pay({to, wei: WEI});
  await teller.depositsIn('waiting_send', 1);
  const bytes = await raw(w, hash);
  await ethereum.reorganise(1);
  await until('the deposit to be void', async () => await state(w) === 'void');
  assert.deepEqual((await teller.statuses(sky)).map(s => s.status), ['waiting_deposit']);

  teller.configure({sky_exchanger: {send_enabled: true}});
  await teller.restartAll();
  await ethereum.mine(2);
  await scanned(w);
  await w.assertPaid({});

  await ethereum.rpc('eth_sendRawTransaction', bytes);
  await ethereum.mine();
  assert.deepEqual(Object.keys(await teller.depositsIn('done', 1)), [`${hash}:1`]);
  await w.assertPaid({[sky]: owedWei(WEI)});
});

test('gone after it was paid: pointed out, and never paid again', async suite => {
  const w = await world(suite);
  const {teller, ethereum} = w;
  const [sky, later] = [customer(0), customer(1)];
  const {transactionHash: hash} = await ethereum.pay({to: await teller.bind(sky, 'ETH'), wei: WEI});
  await teller.depositsIn('done', 1);
  const bytes = await raw(w, hash);
  await ethereum.reorganise(1);
  await until('the warning', () => teller.watchLines('exchangerd').some(l => l.includes(hash)));
  await ethereum.rpc('eth_sendRawTransaction', bytes);
  await ethereum.mine();
  await ethereum.pay({from: ethereum.accounts[1], to: await teller.bind(later, 'ETH'), wei: WEI});
  await teller.depositsIn('done', 2);
  await w.assertPaid({[sky]: owedWei(WEI), [later]: owedWei(WEI)});
});

test('a chain that gets shorter undoes nothing until it shows another block', async suite => {
  const w = await world(suite, {eth_scanner: {confirmations_required: 4}});
  const {teller, ethereum} = w;
  const [gone, stays] = [customer(0), customer(1)];
  const [to, other] = [await teller.bind(gone, 'ETH'), await teller.bind(stays, 'ETH')];
  await ethereum.mine(2);
  await ethereum.pay({to, wei: WEI});
  await scanned(w);
  await ethereum.rollback(2);
  await until('the problem', async () => (await teller.problems()).some(p => p.what === 'eth_scan' && p.text.includes('was scanned already')));
  assert.deepEqual((await teller.query('SELECT state FROM sighting')).map(r => r.state), ['seen']);
  await ethereum.pay({from: ethereum.accounts[1], to: other, wei: WEI});
  await ethereum.mine(4);
  await teller.depositsIn('done', 1);
  assert.deepEqual((await teller.statuses(gone)).map(s => s.status), ['waiting_deposit']);
  await w.assertPaid({[stays]: owedWei(WEI)});
});

test('finality in place of a depth', async suite => {
  const w = await world(suite, {eth_scanner: {confirmations_required: 'finalized'}});
  const {teller, ethereum} = w;
  const sky = customer(0);
  await ethereum.mine(3);
  await ethereum.pay({to: await teller.bind(sky, 'ETH'), wei: WEI});
  const at = await ethereum.height();
  await ethereum.mine();
  await scanned(w);
  await until('finality to be asked for', async () => (await teller.log('scannerd')).includes(`final_block coin=ETH height=${at - 1} ours=yes`));
  assert.deepEqual((await teller.query('SELECT state FROM sighting')).map(r => r.state), ['seen']);
  await ethereum.mine();    // this node calls final what is two below its tip
  await teller.depositsIn('done', 1);
  await w.assertPaid({[sky]: owedWei(WEI)});
});

test('a node that begins its chain anew, under the same number, is another chain', async suite => {
  const w = await world(suite);
  const {teller, ethereum} = w;
  const sky = customer(0);
  await ethereum.pay({to: await teller.bind(sky, 'ETH'), wei: WEI});
  await teller.depositsIn('done', 1);
  await until('the chain to be held', async () => (await teller.query("SELECT * FROM chain_pin WHERE coin = 'ETH'")).length);
  const [before] = await teller.query("SELECT height, hash FROM cursor WHERE coin = 'ETH'");
  const first = async () => (await ethereum.rpc('eth_getBlockByNumber', '0x0', false)).hash;
  const ours = await first();
  await until('another first block: it holds the time', async () => {
    await ethereum.restart();
    return await first() !== ours;
  });
  await ethereum.mine(20);
  const toldOf = async () => (await teller.problems()).some(p => p.what === 'eth_node' && /another ETH chain/.test(p.text));
  await until('that to be told', toldOf, {deadlineMs: 90000});   // it was away: up to half a minute between looks
  assert.deepEqual(await teller.query("SELECT height, hash FROM cursor WHERE coin = 'ETH'"), [before]);
  assert.deepEqual(await teller.query('SELECT state, left_chain FROM deposit'), [{state: 'done', left_chain: 0}]);
  assert.deepEqual(teller.watchLines('scannerd'), []);
  await w.assertPaid({[sky]: owedWei(WEI)});
});

test('a node that is stopped and started again', async suite => {
  const w = await world(suite, {}, {keep: true});
  const {teller, ethereum} = w;
  const [first, second] = [customer(0), customer(1)];
  await ethereum.pay({to: await teller.bind(first, 'ETH'), wei: WEI});
  await teller.depositsIn('done', 1);
  await ethereum.process.stop();
  await until('the problem', async () => (await teller.problems()).some(p => p.what === 'eth_node'));
  const to = await teller.bind(second, 'ETH');
  await ethereum.run();
  await ethereum.pay({to, wei: WEI});
  await teller.depositsIn('done', 2);
  await until('the problem to be over', async () => !(await teller.problems()).some(p => p.what === 'eth_node'));
  await w.assertPaid({[first]: owedWei(WEI), [second]: owedWei(WEI)});
});
