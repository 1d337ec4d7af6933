#!/usr/bin/env node
// Starts a real Bitcoin full node (bcoin) on a regtest chain of its own, in the foreground:
//
//   bitcoin-regtest.mjs --dir DIR --port N [--memory] [--mine N] [--cert FILE --key FILE]
//
//   --port N     JSON-RPC on 127.0.0.1:N, basic auth: any user, password "regtest"
//   --dir DIR    the chain lives here; --memory: nowhere
//   --mine N     first mine until the chain has N blocks, paid to the tests' key
//   --cert/--key serve HTTPS
//
// One line is printed when it answers: READY url=... user=rpc pass=regtest
// SIGTERM and SIGINT close the chain in good order.
import {parseArgs} from 'node:util';
import {NETWORK, bcoin} from './bcoin.mjs';
import {minerAddress} from './bitcoin-keys.mjs';

export const PASSWORD = 'regtest';

const {values: opt} = parseArgs({options: {
  dir: {type: 'string'}, port: {type: 'string'}, memory: {type: 'boolean', default: false},
  mine: {type: 'string', default: '0'}, cert: {type: 'string'}, key: {type: 'string'},
}});

async function mineTo(node, height) {
  const address = bcoin('primitives/address').fromString(minerAddress, NETWORK);
  while (node.chain.height < height) {
    const block = await node.miner.mineBlock(node.chain.tip, address);
    if (!await node.chain.add(block)) throw new Error('the node refused its own block');
  }
}

const FullNode = bcoin('node/fullnode');
const node = new FullNode({network: NETWORK, prefix: opt.dir, memory: opt.memory, listen: false, workers: false,
  indexTx: true, indexAddress: true, logFile: false, logConsole: false, apiKey: PASSWORD,
  httpHost: '127.0.0.1', httpPort: Number(opt.port), ssl: !!opt.cert, sslCert: opt.cert, sslKey: opt.key});
node.on('error', e => console.error(`bitcoin-regtest: ${e.message}`));

// A client that keeps its connection (scannerd does) would keep node 18's server, and so the node,
// from closing; what is open when the signal comes is cut, as a stopped Bitcoin Core does.
function stop() {
  const cut = setInterval(() => node.http.http.closeAllConnections(), 50);
  node.close().then(() => { clearInterval(cut); process.exit(0); });
}
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, stop);

await node.ensure();
await node.open();
await node.connect();
node.startSync();
await mineTo(node, Number(opt.mine));
console.log(`READY url=${opt.cert ? 'https' : 'http'}://127.0.0.1:${opt.port}/ user=rpc pass=${PASSWORD}`);
