// Ethereum end to end, on a real node: transfers of every kind, those that moved nothing, and sales to
// their paid end.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ETHER, quantity} from './lib/ethereum.mjs';
import {customer} from './lib/files.mjs';
import {selfSigned, tlsFront} from './lib/tls.mjs';
import {until} from './lib/wait.mjs';
import {World, owedWei} from './lib/world.mjs';

const scannedTo = (teller, height) => until(`block ${height} to be scanned`,
  async () => (await teller.query("SELECT max(height) AS h FROM block WHERE coin = 'ETH'"))[0].h >= height);

test('every kind of transfer is paid exactly, what failed is not', async suite => {
  const world = await World.real(suite, {ethereum: true});
  const {teller, ethereum} = world;
  await teller.startAll();
  const bind = n => teller.bind(customer(n), 'ETH');
  const reverts = await ethereum.deploy('alwaysRevert');
  const [legacy, listed, dynamic, withData, large, tiny, failing, nothing] = await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(bind));
  // The address of a customer may have code.
  await ethereum.rpc('anvil_setCode', failing, await ethereum.rpc('eth_getCode', reverts, 'latest'));
  await ethereum.rpc('anvil_setBalance', ethereum.accounts[1], quantity(1n << 80n));

  const price = quantity(10n ** 10n);
  const paid = [
    [0, {to: legacy, wei: ETHER / 2n, gasPrice: price}],
    [1, {to: listed, wei: 123456789012345678n, gasPrice: price, accessList: []}],
    [2, {to: dynamic, wei: ETHER / 100n, maxFeePerGas: price, maxPriorityFeePerGas: '0x1'}],
    [3, {to: withData, wei: ETHER / 50n, data: '0x68656c6c6f'}],
    [4, {to: large, wei: 20n * ETHER + 1n, from: ethereum.accounts[1]}],    // more wei than 64 bits hold
    [5, {to: tiny, wei: 1n}],                                              // too little for a payout
  ];
  const hashes = [];
  for (const [, tx] of paid) hashes.push(await ethereum.send(tx));
  const lost = [await ethereum.send({to: failing, wei: ETHER}), await ethereum.send({to: reverts, wei: ETHER}),
    await ethereum.send({to: nothing, wei: 0n})];
  await ethereum.mine();
  const receipts = await Promise.all([...hashes, ...lost].map(h => ethereum.receipt(h)));
  assert.deepEqual(receipts.map(r => Number(r.status)), [1, 1, 1, 1, 1, 1, 0, 0, 1]);

  const ids = receipts.map(r => `${r.transactionHash}:${Number(r.transactionIndex)}`);
  const expected = Object.fromEntries(paid.map(([n, tx]) => [customer(n), owedWei(tx.wei)]).filter(([, d]) => d > 0n));
  const deposits = await teller.depositsIn('done', 6);
  assert.deepEqual(Object.keys(deposits).sort(), ids.slice(0, 6).sort());
  const rows = await teller.query("SELECT txid, n, value FROM deposit WHERE coin = 'ETH'");
  assert.deepEqual(Object.fromEntries(rows.map(r => [`${r.txid}:${r.n}`, r.value])),
    Object.fromEntries(paid.map(([, tx], i) => [ids[i], String(tx.wei)])));
  await world.assertPaid(expected);
  for (const n of [6, 7]) assert.deepEqual((await teller.statuses(customer(n))).map(s => s.status), ['waiting_deposit']);
});

test('a node on another chain is refused in words', async suite => {
  const world = await World.real(suite, {ethereum: true, fund: 0});
  const {teller, ethereum} = world;
  teller.configure({eth_rpc: {chain_id: 1}});
  await teller.startAll();
  const problem = await until('the problem', async () => (await teller.problems()).find(p => p.what === 'eth_node'));
  assert.match(problem.text, /is on chain 0x7a69, not 0x1 \(eth_rpc.chain_id = 1\)/);
  await ethereum.mine(2);
  assert.deepEqual(await teller.query("SELECT * FROM cursor WHERE coin = 'ETH'"), []);
});

// Customers 0 to 3 are paid by contracts, with `wei` each: by a call, by one that is undone, by a
// contract's end, and by a plain transfer.  Answers [their addresses, receipts].
async function payByContracts({teller, ethereum}, wei) {
  const [forward, revert, end] = [await ethereum.deploy('forward'), await ethereum.deploy('forwardThenRevert'), await ethereum.deploy('selfdestruct')];
  const to = [];
  for (const n of [0, 1, 2, 3]) to.push(await teller.bind(customer(n), 'ETH'));
  const hashes = [await ethereum.payBy(forward, to[0], wei), await ethereum.payBy(revert, to[1], wei),
    await ethereum.payBy(end, to[2], wei), await ethereum.send({to: to[3], wei})];
  await ethereum.mine();
  const receipts = await Promise.all(hashes.map(h => ethereum.receipt(h)));
  assert.deepEqual(receipts.map(r => Number(r.status)), [1, 0, 1, 1]);
  return [to, receipts];
}

test('with tracing, what contracts pay is paid; what they undid is not', async suite => {
  const world = await World.real(suite, {ethereum: true, conf: {eth_rpc: {trace: 'auto'}}});
  await world.teller.startAll();
  const [, receipts] = await payByContracts(world, ETHER);
  const deposits = Object.values(await world.teller.depositsIn('done', 3));
  const txs = deposits.map(d => d.deposit.tx).sort();
  assert.deepEqual(txs.map(t => t.split('/')[0]), [0, 2, 3].map(i => receipts[i].transactionHash).sort());
  assert.equal(txs.filter(t => t.includes('/')).length, 2);
  await world.assertPaid(Object.fromEntries([0, 2, 3].map(n => [customer(n), owedWei(ETHER)])));
});

test('without tracing, what contracts paid is found in the balances, told once, and not paid', async suite => {
  const world = await World.real(suite, {ethereum: true, conf: {eth_scanner: {balance_check: '1s'}}});
  const {teller, ethereum} = world;
  await teller.startAll();
  const [to] = await payByContracts(world, ETHER);
  await ethereum.mine(12);    // so deep must a block lie
  const told = () => teller.watchLines('exchangerd').filter(l => l.includes(' balance_surplus '));
  await until('both surpluses', () => told().length === 2);
  for (const n of [0, 2]) assert.ok(told().some(l => l.toLowerCase().includes(`address=${to[n].toLowerCase()} value_wei=${ETHER} `)), told().join('\n'));
  assert.deepEqual((await teller.query('SELECT value FROM unassigned')).map(r => r.value), [String(ETHER), String(ETHER)]);
  await teller.depositsIn('done', 1);

  // Again and after a restart: told once.  One more payment is one more surplus, of that amount.
  await teller.restart('scannerd');
  await ethereum.payBy(await ethereum.deploy('forward'), to[0], ETHER / 4n);
  await ethereum.mine(13);
  await until('the third', () => told().length === 3);
  assert.ok(told()[2].includes(`value_wei=${ETHER / 4n} `), told()[2]);
  const looks = async () => (await teller.query('SELECT started_at FROM balance_round'))[0].started_at;
  const before = await looks();
  await until('another look', async () => await looks() > before + 1);
  assert.equal(told().length, 3);
  await world.assertPaid({[customer(3)]: owedWei(ETHER)});
});

test('https: the certificate that the configuration names is trusted, and no other', async suite => {
  const world = await World.real(suite, {ethereum: true});
  const {teller, ethereum} = world;
  const [own, other] = [selfSigned(teller, 'node'), selfSigned(teller, 'other')];
  const address = await tlsFront(suite, ethereum.url, own);
  const refused = trusted => until('the certificate to be refused', async () => {
    const found = (await teller.problems()).find(p => p.what === 'eth_node');
    return /the node is not trusted/.test(found?.text) && found.text.includes(`CAfile: ${trusted}`) || Promise.reject(new Error(JSON.stringify(found)));
  });
  teller.configure({eth_rpc: {server: `https://${address}`}});        // the system does not know it
  await teller.startAll();
  await refused('none');
  teller.configure({eth_rpc: {server: address, cert: other.cert}});   // without a scheme, for there is a certificate
  await teller.restart('scannerd');
  await refused(other.cert);
  assert.deepEqual(await teller.query("SELECT * FROM cursor WHERE coin = 'ETH'"), []);

  teller.configure({eth_rpc: {cert: own.cert}});
  await teller.restart('scannerd');
  await ethereum.send({to: await teller.bind(customer(0), 'ETH'), wei: ETHER});
  await ethereum.mine();
  await teller.depositsIn('done', 1);
  await world.assertPaid({[customer(0)]: owedWei(ETHER)});
  await until('nothing to be wrong', async () => !(await teller.problems()).some(p => p.what === 'eth_node'));
});
