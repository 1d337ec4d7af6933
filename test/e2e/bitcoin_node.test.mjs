// The Bitcoin node of the tests: address texts as the rest of the world writes them, payments to
// every kind, blocks dropped and mined anew.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import {test} from 'node:test';
import {KINDS, addressOf} from '../nodes/bitcoin-keys.mjs';
import {BitcoinPayer} from '../nodes/bitcoin-pay.mjs';
import {freePorts} from './lib/ports.mjs';
import {npm} from '../nodes/npm.mjs';

// BIP-173 and BIP-350, test vectors.
const WITNESS_ADDRESSES = [
  ['BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4', 0, '751e76e8199196d454941c45d1b3a323f1433bd6'],
  ['tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7', 0, '1863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262'],
  ['bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0', 1, '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'],
  ['bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y', 1, '751e76e8199196d454941c45d1b3a323f1433bd6751e76e8199196d454941c45d1b3a323f1433bd6'],
];
const NOT_ADDRESSES = [
  ['bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd', 'bech32 instead of bech32m'],
  ['BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P', 'program of a wrong size for version 0'],
  ['tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq', 'mixed case'],
  ['bc1gmk9yu', 'no data'],
];

test('witness addresses as BIP-173 and BIP-350 write them', () => {
  const {bech32} = npm(npm.resolve('bstring', {paths: [npm.resolve('bcoin')]}));
  for (const [text, version, program] of WITNESS_ADDRESSES) {
    const d = bech32.decode(text);
    assert.deepEqual([d.version, d.hash.toString('hex')], [version, program]);
    assert.equal(bech32.encode(d.hrp, d.version, d.hash), text.toLowerCase());
  }
  for (const [text, why] of NOT_ADDRESSES) assert.equal(bech32.test(text), false, why);
});

test('payments to five kinds of addresses, a block dropped, another branch', async suite => {
  const [port] = await freePorts(1);
  const program = fileURLToPath(new URL('../nodes/bitcoin-regtest.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, '--memory', '--port', String(port), '--mine', '102'], {stdio: ['ignore', 'pipe', 'inherit']});
  suite.after(() => child.kill('SIGKILL'));
  const [line] = await once(child.stdout, 'data');
  const [, url, pass] = /^READY url=(\S+) user=rpc pass=(\S+)\n$/.exec(line);
  const bitcoin = new BitcoinPayer({url, pass});
  const outputs = KINDS.map((kind, n) => ({address: addressOf(kind, 'customer'), satoshi: 1000 + n}));
  const {txid, hex, blocks: [hash]} = await bitcoin.pay(outputs);
  const block = await bitcoin.rpc('getblock', hash, true, true);
  const paid = block.tx.find(t => t.txid === txid).vout;
  assert.deepEqual(paid.slice(0, 5).map(o => [o.scriptPubKey.addresses[0], Math.round(o.value * 1e8)]),
    outputs.map(o => [o.address, o.satoshi]));
  await bitcoin.drop(1);
  assert.equal(await bitcoin.height(), 102);
  await bitcoin.mine(2);
  assert.notEqual(await bitcoin.rpc('getblockhash', 103), hash);
  assert.equal(await bitcoin.send(hex), txid);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});
