// The simulator against what a real 0.27.1 node answered: the recorded chain is built again, block
// by block, from the transactions in the recordings, and every recorded call is made in its place.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Replay, addRecordedBlock, startRecordedNode} from './recorded.mjs';
import {decodeTransaction} from './transaction.mjs';
import {vectors} from './vectors.mjs';

// Values that belong to one run: random tokens, clocks, peers' ports and identities.
const MASKED = new Set(['csrf_token', 'time_since_last_block', 'uptime', 'started_at', 'received', 'checked',
  'address:peer', 'last_sent', 'last_received', 'connected_at', 'mirror', 'listen_port', 'id', 'user_agent:peer']);

// Calls that the simulator does not answer as recorded, and why.
const NOT_REPRODUCED = new Map([
  ['transactions_v2', 'the paged v2 list is not simulated: nothing of ours asks for it'],
]);

const recording = vectors('rest-modern');
const recorded = Object.fromEntries(recording.calls.map(c => [c.name, c]));
const bodyOf = name => JSON.parse(recorded[name].response.body);

const recordedBlocks = ['block_0', 'block_1', 'block_2'].map(bodyOf)
  .concat(bodyOf('blocks_range').blocks.slice(1), bodyOf('last_blocks_2').blocks);

// Blocks 7 and 8 were not asked for; their transactions were injected, their times and hashes are
// known from other answers.
const laterBlocks = [
  {call: 'inject_no_peer_no_broadcast', shown: 'transaction_after_peer_returned', previousOf: 'conflict_outputs_later'},
  {call: 'conflict_first', shown: 'transaction_conflict_winner', hashIn: 'conflict_outputs_later'},
];

function addLaterBlock(node, {call, shown, previousOf, hashIn}) {
  const raw = JSON.parse(recorded[call].request.body).rawtx;
  const made = node.network.makeBlock([decodeTransaction(Buffer.from(raw, 'hex'))], BigInt(bodyOf(shown).time));
  if (previousOf) assert.equal(made.hash, bodyOf(previousOf).head.previous_block_hash);
  if (hashIn) assert.equal(made.hash, bodyOf(hashIn).head.block_hash);
}

// What happened at the recorded node between one call and the next, by the name of the later call.
const before = {
  transaction_unconfirmed: n => setReceived(n, 'transaction_unconfirmed'),
  transaction_confirmed_1: n => addRecordedBlock(n, recordedBlocks[2]),
  transaction_confirmed_4: n => [3, 4, 5].forEach(seq => addRecordedBlock(n, recordedBlocks[seq])),
  transaction_two_inputs: n => addRecordedBlock(n, recordedBlocks[6]),
  inject_expired_csrf: n => { n.staleToken = n.csrf.token(); n.network.clockOffsetMs += 31000; },
  inject_no_peer: n => n.setPeers(0),
  transaction_after_no_broadcast: n => setReceived(n, 'transaction_after_no_broadcast'),
  transaction_after_peer_returned: n => { n.setPeers(1); addLaterBlock(n, laterBlocks[0]); },
  transaction_conflict_winner: n => addLaterBlock(n, laterBlocks[1]),
  transaction_conflict_loser: n => setReceived(n, 'transaction_conflict_loser'),
  transaction_conflict_loser_later: n => n.chain.sweepPool(true),
};

function setReceived(node, name) {
  for (const p of node.chain.pool.values()) p.receivedMs = bodyOf(name).time * 1000;
}

function tamper(token) {
  const [text, mac] = token.split('.');
  return `${text}.${mac.startsWith('A') ? 'B' : 'A'}${mac.slice(1)}`;
}

// A recorded token is treated as it was.
const tokens = node => ({name, request}) => ({
  inject_bad_csrf: () => request.headers['X-CSRF-Token'],
  inject_tampered_csrf: () => tamper(node.csrf.token()),
  inject_expired_csrf: () => node.staleToken,
}[name] ?? (() => node.csrf.token()))();

test('rest-modern.json: a payment\'s life, every rule, every refusal', async suite => {
  const node = await startRecordedNode(recordedBlocks.slice(0, 2));
  suite.after(() => node.stop());
  const replay = new Replay({suite, node, masked: MASKED, before, notReproduced: NOT_REPRODUCED, tokens: tokens(node)});
  await replay.calls(recording.calls);
  replay.assertCount(recording.calls.length);
});

// The other recordings are of the same node, later, with another option set.
const LATER = {
  'rest-no-csrf-modern': {csrf: false, peers: 0},
  'rest-auth-modern': {auth: 'user:secret'},
  'rest-api-sets-modern': {disabled: ['TXN', 'WALLET']},
};

for (const [name, {peers = 1, ...options}] of Object.entries(LATER)) {
  test(`${name}.json`, async suite => {
    const node = await startRecordedNode(recordedBlocks, options);
    suite.after(() => node.stop());
    laterBlocks.forEach(b => addLaterBlock(node, b));
    node.setPeers(peers);
    const replay = new Replay({suite, node, masked: MASKED});
    await replay.calls(vectors(name).calls);
    replay.assertCount(vectors(name).calls.length);
  });
}
