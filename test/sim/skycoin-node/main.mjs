#!/usr/bin/env node
// Starts simulated Skycoin nodes of one network in the foreground:
//
//   main.mjs [--nodes N] [--generation NAME[,NAME...]] [--no-rest] [--burn-factor N] [--no-csrf]
//            [--auth USER:PASSWORD] [--tls-key FILE --tls-cert FILE] [--port N] [--rpc-port N]
//            [--auto-block MS] [--keep-losers MS]
//
// Generations (see generations.mjs) are given to the nodes in turn, ports to the first.  When all of
// them answer a line is printed for each, `rpc` where there is a JSON-RPC port:
//
//   READY url=http://127.0.0.1:PORT rpc=http://127.0.0.1:PORT control=http://127.0.0.1:PORT
import {readFileSync} from 'node:fs';
import {parseArgs} from 'node:util';
import {Network} from './network.mjs';
import {SkycoinNode} from './node.mjs';

const {values: opt} = parseArgs({options: {
  nodes: {type: 'string', default: '1'},
  generation: {type: 'string', default: 'modern'},
  'no-rest': {type: 'boolean', default: false},
  'burn-factor': {type: 'string'},
  'no-csrf': {type: 'boolean', default: false},
  auth: {type: 'string'},
  'tls-key': {type: 'string'},
  'tls-cert': {type: 'string'},
  port: {type: 'string', default: '0'},
  'rpc-port': {type: 'string', default: '0'},
  'auto-block': {type: 'string', default: '0'},
  'keep-losers': {type: 'string', default: '60000'},
}});

const network = new Network({keepLosersMs: Number(opt['keep-losers'])});
const names = opt.generation.split(',');
const options = {network, rest: !opt['no-rest'], csrf: !opt['no-csrf'], auth: opt.auth,
  tls: opt['tls-key'] ? {key: readFileSync(opt['tls-key']), cert: readFileSync(opt['tls-cert'])} : null,
  policy: opt['burn-factor'] ? {burnFactor: BigInt(opt['burn-factor'])} : {}};
const nodes = Array.from({length: Number(opt.nodes)}, (_, n) => new SkycoinNode({...options, generation: names[n % names.length]}));

const ready = ({doors: {rest, rpc, control}}) =>
  ['READY', rest.server && `url=${rest.url}`, rpc.server && `rpc=${rpc.url}`, `control=${control.url}`].filter(s => s).join(' ');

for (const [n, node] of nodes.entries()) await node.start(...n ? [] : [Number(opt.port), Number(opt['rpc-port'])]);
network.autoBlock(Number(opt['auto-block']));
for (const signal of ['SIGTERM', 'SIGINT'])
  process.once(signal, () => Promise.all(nodes.map(n => n.stop())).then(() => process.exit(0)));
console.log(nodes.map(ready).join('\n'));
