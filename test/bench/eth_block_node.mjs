#!/usr/bin/env node
// An Ethereum node that has nothing but a made-up chain of blocks with 200 plain transfers each, in
// the words of geth.  The JSON of a block is made of its members when it is asked for, which is the
// least that any node does; with --ready even that is done before.  With --paying each block pays one address of the
// bench, so that its receipts are asked for.
//
//   eth_block_node.mjs COUNT [--ready] [--paying]      prints READY port=N first=HEIGHT
import http from 'node:http';
import {ethAddress} from './addresses.mjs';

const FIRST = 20000000;
const TRANSFERS = 200;
const AWAY_MS = 50;       // with --away: how long each answer is under way, as that of a hosted node

const count = Number(process.argv[2]);
const flags = new Set(process.argv.slice(3));
const hex = n => '0x' + n.toString(16);
const word = (kind, n, i = 0) => '0x' + (kind.toString(16) + n.toString(16).padStart(12, '0') + i.toString(16).padStart(6, '0')).padEnd(64, '5');
const blockHash = n => word(0xb, n);
const BLOOM = '0x' + '0'.repeat(512);

const transfer = (n, i) => ({blockHash: blockHash(n), blockNumber: hex(n), from: word(0xf, i).slice(0, 42), gas: '0x5208', gasPrice: '0x3b9aca07',
  maxFeePerGas: '0x77359400', maxPriorityFeePerGas: '0x3b9aca00', hash: word(0xa, n, i), input: '0x', nonce: hex(n % 1000),
  to: flags.has('--paying') && i === 7 ? ethAddress(n - FIRST) : word(0xe, i).slice(0, 42), transactionIndex: hex(i), value: hex(10 ** 15 + i),
  type: '0x2', accessList: [], chainId: '0x1', v: '0x1', r: word(1, n, i), s: word(2, n, i), yParity: '0x1'});

const block = n => ({baseFeePerGas: '0x7', blobGasUsed: '0x0', difficulty: '0x0', excessBlobGas: '0x0', extraData: '0x', gasLimit: '0x1c9c380',
  gasUsed: '0x401640', hash: blockHash(n), logsBloom: BLOOM, miner: word(3, 0).slice(0, 42), mixHash: word(4, n), nonce: '0x0000000000000000',
  number: hex(n), parentBeaconBlockRoot: word(5, n), parentHash: blockHash(n - 1), receiptsRoot: word(6, n), sha3Uncles: word(7, n), size: '0x6d60',
  stateRoot: word(8, n), timestamp: hex(1700000000 + 12 * (n - FIRST)), transactions: Array.from({length: TRANSFERS}, (_, i) => transfer(n, i)),
  transactionsRoot: word(9, n), uncles: [], withdrawals: [], withdrawalsRoot: word(9, 1)});

const receipt = (n, i) => ({blockHash: blockHash(n), blockNumber: hex(n), contractAddress: null, cumulativeGasUsed: hex(21000 * (i + 1)),
  effectiveGasPrice: '0x3b9aca07', from: word(0xf, i).slice(0, 42), gasUsed: '0x5208', logs: [], logsBloom: BLOOM, status: '0x1',
  to: word(0xe, i).slice(0, 42), transactionHash: word(0xa, n, i), transactionIndex: hex(i), type: '0x2'});
const receipts = n => Array.from({length: TRANSFERS}, (_, i) => receipt(n, i));

// From an object to its text at each call; with --ready the text is there.
const last = FIRST + count - 1;
const prepared = make => {
  if (!flags.has('--ready')) return make;
  const texts = Array.from({length: count}, (_, i) => Buffer.from(JSON.stringify(make(FIRST + i))));
  return n => texts[n - FIRST];
};
const kept = {block: prepared(block), receipts: prepared(receipts)};
const known = n => n >= FIRST && n <= last;
const heightOf = hash => parseInt(hash.slice(3, 15), 16);

const methods = {
  eth_chainId: () => '0x1',
  eth_syncing: () => false,
  eth_blockNumber: () => hex(last),
  eth_getBlockByNumber: ([number, full]) => !known(Number(number)) ? null : full ? kept.block(Number(number))
    : {number, hash: blockHash(Number(number)), parentHash: blockHash(Number(number) - 1), timestamp: '0x1', transactions: []},
  eth_getBlockReceipts: ([hash]) => known(heightOf(hash)) ? kept.receipts(heightOf(hash)) : null,
};

const partsOf = (id, result) => [Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":`),
  Buffer.isBuffer(result) ? result : Buffer.from(JSON.stringify(result)), Buffer.from('}')];
const answer = ({id = null, method, params = []}) => partsOf(id, methods[method](params));
const batch = calls => [Buffer.from('['), ...calls.flatMap((c, i) => [...i ? [Buffer.from(',')] : [], ...answer(c)]), Buffer.from(']')];

function reply(res, parts) {
  res.writeHead(200, {'content-type': 'application/json', 'content-length': parts.reduce((s, p) => s + p.length, 0)});
  res.socket.cork();
  for (const p of parts) res.write(p);
  res.end();
  res.socket.uncork();
}

const server = http.createServer((req, res) => {
  const parts = [];
  req.on('data', p => parts.push(p)).on('end', () => {
    const asked = JSON.parse(Buffer.concat(parts));
    const answered = Array.isArray(asked) ? batch(asked) : answer(asked);
    setTimeout(() => reply(res, answered), flags.has('--away') ? AWAY_MS : 0);
  });
});
server.keepAliveTimeout = 60000;
server.listen(0, '127.0.0.1', () => console.log(`READY port=${server.address().port} first=${FIRST}`));
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0));
