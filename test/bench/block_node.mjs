#!/usr/bin/env node
// A node that has nothing but a made-up chain: real block 866342 of the main network, again and
// again, each with the hash of the one before it in its header; nobody here looks at the proof of
// work.  It makes the hex of a block when it is asked for it, which is the least that any node does;
// with --ready even that is done before, and answering is nothing but sending.
//
//   block_node.mjs COUNT [--ready] [--single]     prints READY port=N first=HEIGHT
//
// --single: it takes no batches, as btcd up to 0.21.
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import http from 'node:http';

const FILE = new URL('../vectors/data/bitcoin/blocks/main-866342.bin', import.meta.url);
const FIRST = 866342;
const HEADER = 80;
const PREV = 4;
const GENESIS = '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f';

const sha256 = b => createHash('sha256').update(b).digest();
const reversed = b => Buffer.from(b).reverse();

// [{hash, head}]: the hash as it is written, the header in hex.
function makeChain(header, count) {
  const chain = [];
  for (let i = 0; i < count; i++) {
    if (i > 0) sha256(sha256(header)).copy(header, PREV);
    chain.push({hash: reversed(sha256(sha256(header))).toString('hex'), head: header.toString('hex')});
  }
  return chain;
}

const raw = readFileSync(FILE);
const chain = makeChain(Buffer.from(raw.subarray(0, HEADER)), Number(process.argv[2]));
const makeBody = () => Buffer.from(raw.subarray(HEADER).toString('hex') + '"');
const madeBody = process.argv.includes('--ready') ? makeBody() : undefined;
const byHash = new Map(chain.map(b => [b.hash, b]));

const answer = (id, result) => [Buffer.from(`{"result":${JSON.stringify(result)},"error":null,"id":${JSON.stringify(id)}}\n`)];
const refusal = (id, code, message) => [Buffer.from(`{"result":null,"error":{"code":${code},"message":"${message}"},"id":${JSON.stringify(id)}}\n`)];

const methods = {
  getblockhash: (id, [height]) => {
    const hash = height === 0 ? GENESIS : chain[height - FIRST]?.hash;
    return hash ? answer(id, hash) : refusal(id, -8, 'Block height out of range');
  },
  getblock: (id, [hash]) => {
    const b = byHash.get(hash);
    return b ? [Buffer.from(`{"result":"${b.head}`), madeBody ?? makeBody(), Buffer.from(`,"error":null,"id":${JSON.stringify(id)}}\n`)]
      : refusal(id, -5, 'Block not found');
  },
  getblockchaininfo: id => answer(id, {chain: 'main', blocks: FIRST + chain.length - 1}),
};

function reply(res, parts) {
  res.writeHead(200, {'content-type': 'application/json', 'content-length': parts.reduce((s, p) => s + p.length, 0)});
  res.cork();
  for (const p of parts) res.write(p);
  res.end();
  res.uncork();
}

const single = process.argv.includes('--single');
const comma = Buffer.from(',');

const answerOne = ({id = null, method, params = []}) => methods[method] ? methods[method](id, params) : refusal(id, -32601, 'Method not found');

function answerAll(request) {
  if (!Array.isArray(request)) return answerOne(request);
  if (single) return refusal(null, -32700, 'Failed to parse request');
  return [Buffer.from('['), ...request.flatMap((r, i) => i > 0 ? [comma, ...answerOne(r)] : answerOne(r)), Buffer.from(']\n')];
}

const server = http.createServer((req, res) => {
  const parts = [];
  req.on('data', p => parts.push(p)).on('end', () => {
    reply(res, answerAll(JSON.parse(Buffer.concat(parts))));
  });
});
server.keepAliveTimeout = 60000;
server.listen(0, '127.0.0.1', () => console.log(`READY port=${server.address().port} first=${FIRST}`));
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0));
