// The simulator against what a real 0.22.0 node answered over REST and over JSON-RPC in one run.  The
// two recordings tell one story, so their calls are made in the order in which they can only have
// been made.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Replay, addRecordedBlock, startRecordedNode} from './recorded.mjs';
import {vectors} from './vectors.mjs';

const MASKED = new Set(['csrf_token', 'time_since_last_block', 'received', 'checked', 'announced']);

const rest = vectors('rest-legacy').calls;
const rpc = vectors('webrpc-legacy').calls;
const shown = Object.fromEntries(rest.map(c => [c.name, c.response.body]));
const blocks = JSON.parse(shown.last_blocks_1000).blocks;
const timestampIn = name => JSON.parse(shown[name]).txn.timestamp;

const setReceived = (node, name) => { for (const p of node.chain.pool.values()) p.receivedMs = timestampIn(name) * 1000; };

// Blocks 7 and 8 were not asked for.  Whatever was pending was in them, at times that are known.
function addLaterBlock(node, name) {
  assert.equal(node.network.makeBlock(undefined, BigInt(timestampIn(name))).seq, BigInt(JSON.parse(shown[name]).status.block_seq));
}

// What happened, and which calls came then: REST up to and with a name, JSON-RPC likewise.
const STORY = [
  {rest: 'transaction_not_yet_known', rpc: 'get_transaction_not_yet_known'},
  {then: n => n.setPeers(1), rpc: 'inject_again_unconfirmed'},
  {then: n => setReceived(n, 'transaction_unconfirmed'), rest: 'outputs_customer_pending', rpc: 'get_outputs_pending'},
  {then: n => addRecordedBlock(n, blocks[2]), rest: 'outputs_after_block', rpc: 'get_outputs_customer'},
  {then: n => [3, 4, 5].forEach(seq => addRecordedBlock(n, blocks[seq])), rest: 'rest_inject_ok', rpc: 'get_transaction_confirmed_4'},
  {then: n => addRecordedBlock(n, blocks[6]), rest: 'unknown_path', rpc: 'inject_two_params'},
  {then: n => n.setPeers(0), rpc: 'inject_no_peer'},
  {then: n => setReceived(n, 'transaction_after_inject_no_peer'), rest: 'rest_inject_no_peer'},
  {then: n => setReceived(n, 'transaction_after_inject_no_peer'), rest: 'transaction_after_rest_inject_no_peer', rpc: 'inject_again_no_peer'},
  {then: n => { n.setPeers(1); addLaterBlock(n, 'transaction_after_peer_returned'); },
    rest: 'transaction_after_peer_returned', rpc: 'conflict_second'},
  {rest: 'conflict_pending'},
  {then: n => { addLaterBlock(n, 'transaction_conflict_winner'); setReceived(n, 'transaction_conflict_loser'); },
    rest: 'conflict_balance', rpc: 'conflict_inject_loser'},
  {then: n => n.chain.sweepPool(true), rest: 'conflict_outputs_later', rpc: 'get_transaction_conflict_loser_later'},
];

// Takes calls up to and with the one of that name from the front of the list.
const takeTo = (calls, name) => name ? calls.splice(0, calls.findIndex(c => c.name === name) + 1) : [];

test('rest-legacy.json and webrpc-legacy.json: one run at both doors', async suite => {
  const node = await startRecordedNode(blocks.slice(0, 2), {generation: 'legacy'});
  suite.after(() => node.stop());
  node.setPeers(0);
  const left = {rest: [...rest], rpc: [...rpc]};
  const replay = new Replay({suite, node, masked: MASKED,
    tokens: c => c.name === 'inject_bad_csrf' ? c.request.headers['X-CSRF-Token'] : node.csrf.token()});
  for (const step of STORY) {
    step.then?.(node);
    await replay.calls(takeTo(left.rest, step.rest));
    await replay.calls(takeTo(left.rpc, step.rpc), 'rpc');
  }
  assert.deepEqual(left, {rest: [], rpc: []});
  replay.assertCount(rest.length + rpc.length);
});

test('rest-no-csrf-legacy.json', async suite => {
  const node = await startRecordedNode(blocks, {generation: 'legacy', csrf: false});
  suite.after(() => node.stop());
  const replay = new Replay({suite, node, masked: MASKED});
  const {calls} = vectors('rest-no-csrf-legacy');
  await replay.calls(calls);
  replay.assertCount(calls.length);
});
