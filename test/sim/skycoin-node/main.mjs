#!/usr/bin/env node
// Starts the simulated Skycoin node in the foreground:
//
//   main.mjs [--port N] [--burn-factor N] [--no-csrf] [--auto-block MS] [--keep-losers MS]
//
// One line is printed when it answers: READY url=http://127.0.0.1:PORT control=http://127.0.0.1:PORT
import {parseArgs} from 'node:util';
import {Network} from './network.mjs';
import {SkycoinNode} from './node.mjs';

const {values: opt} = parseArgs({options: {
  port: {type: 'string', default: '0'},
  'burn-factor': {type: 'string', default: '10'},
  'no-csrf': {type: 'boolean', default: false},
  'auto-block': {type: 'string', default: '0'},
  'keep-losers': {type: 'string', default: '60000'},
}});

const network = new Network({keepLosersMs: Number(opt['keep-losers'])});
const node = new SkycoinNode({network, csrf: !opt['no-csrf'], policy: {burnFactor: BigInt(opt['burn-factor'])}});
await node.start(Number(opt.port));
network.autoBlock(Number(opt['auto-block']));
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => node.stop().then(() => process.exit(0)));
console.log(`READY url=http://127.0.0.1:${node.port} control=http://127.0.0.1:${node.controlPort}`);
