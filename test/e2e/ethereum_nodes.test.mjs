// Whole sales against Ethereum nodes of another generation (before London and the merge) and of another
// maker (after the merge, with a consensus client): what they lack, say otherwise and do to their chains.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {CONTRACTS, ETHER, ethPool} from './lib/ethereum.mjs';
import {Ganache, Merged} from './lib/ethereum_kinds.mjs';
import {customer} from './lib/files.mjs';
import {until} from './lib/wait.mjs';
import {World, owedWei} from './lib/world.mjs';

const WEI = ETHER / 4n;

// The newest block of the node is the last one scanned.
const scanned = ({teller, ethereum}) => until('the tip to be scanned', async () => {
  const {hash} = await ethereum.rpc('eth_getBlockByNumber', 'latest', false);
  return (await teller.query("SELECT hash FROM cursor WHERE coin = 'ETH'"))[0]?.hash === hash.slice(2);
});
const sightings = ({teller}) => teller.query('SELECT txid, state FROM sighting WHERE surplus = 0 ORDER BY rowid');
const problem = ({teller}, what) => until(what, async () => (await teller.problems()).find(p => p.what === what));

// Customer 0's address holds code that refuses to be paid; those of the others are plain.
const pool = async ethereum => [{address: (await ethereum.pay({data: CONTRACTS.alwaysRevert})).contractAddress.toLowerCase()}, ...ethPool(6)];

// Kept by both: what is paid, what failed, what contracts pay, branches, a node that is away.
async function sell(suite, kind, eth_scanner, confirm) {
  const world = await World.ether(suite, {ethereum: {kind, keep: true, pool},
    conf: {eth_rpc: {trace: 'auto'}, eth_scanner: {balance_check: '1s', ...eth_scanner}}});
  const {teller, ethereum} = world;
  await teller.startAll();
  const to = [];
  for (const n of [0, 1, 2, 3, 4]) to.push(await teller.bind(customer(n), 'ETH'));

  // A transfer that succeeded, one that failed, one by a contract.
  const forward = await ethereum.deploy('forward');
  const [failed, paid] = [await ethereum.pay({to: to[0], wei: WEI}), await ethereum.pay({to: to[1], wei: WEI})];
  assert.deepEqual([failed, paid].map(r => Number(r.status)), [0, 1]);
  await ethereum.payBy(forward, to[4], WEI);
  await ethereum.mine();
  await confirm(ethereum);
  await teller.depositsIn('done', 1);

  // One branch has two deposits; of them the other one gets one again.
  const undo = await ethereum.branch();
  await ethereum.send({to: to[2], wei: WEI});
  const gone = await ethereum.pay({to: to[3], wei: WEI});
  await scanned(world);
  assert.deepEqual((await sightings(world)).map(s => s.state), ['confirmed', 'seen', 'seen']);
  await undo();
  const again = await ethereum.pay({to: to[3], wei: WEI});
  await ethereum.mine(3);
  await scanned(world);
  assert.notEqual(again.blockHash, gone.blockHash);
  await confirm(ethereum);
  await teller.depositsIn('done', 2);

  // The node is away for a while.
  await ethereum.process.stop();
  await problem(world, 'eth_node');
  await ethereum.run();
  const last = await ethereum.pay({to: to[2], wei: 2n * WEI});
  await confirm(ethereum);
  const deposits = await teller.depositsIn('done', 3);
  assert.deepEqual(Object.keys(deposits).map(id => id.split(':')[0]).sort(), [paid, again, last].map(r => r.transactionHash).sort());

  await problem(world, 'eth_trace');    // neither can
  await world.assertPaid({[customer(1)]: owedWei(WEI), [customer(2)]: owedWei(2n * WEI), [customer(3)]: owedWei(WEI)});
  return world;
}

test('ganache 6, as nodes were before London', async suite => {
  const {teller, ethereum} = await sell(suite, Ganache, {confirmations_required: 3}, e => e.mine(3));
  await ethereum.mine(12);
  await until('the surplus', () => teller.watchLines('exchangerd').some(l => l.includes(' balance_surplus ')));
});

test('EthereumJS, after the merge, finality for depth', suite => sell(suite, Merged, {confirmations_required: 'finalized'}, e => e.finalize()));
