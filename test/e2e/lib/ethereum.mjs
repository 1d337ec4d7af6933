// The real Ethereum node (anvil) as a process, and what tests do to its chain.
import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import path from 'node:path';
import {nodesDir} from '../../nodes/npm.mjs';
import {freePorts} from './ports.mjs';
import {Process} from './process.mjs';
import {until} from './wait.mjs';

const ANVIL = path.join(nodesDir, 'node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil');
export const CHAIN_ID = 31337;
export const ETHER = 10n ** 18n;

// What makes a contract, by what the contract does with the value that it is sent; whom to pay it
// reads from the data of the call.
export const CONTRACTS = {
  forward: '0x600f8060093d393df36000600060006000346000355af100',
  forwardThenRevert: '0x60138060093d393df36000600060006000346000355af160006000fd',
  alwaysRevert: '0x60058060093d393df360006000fd',
  selfdestruct: '0x60048060093d393df3600035ff',
};

// `count` addresses that are nobody's: [{address}].
export const ethPool = count => Array.from({length: count}, (_, n) => ({
  address: '0x' + createHash('sha256').update(`ethereum deposit ${n}`).digest('hex').slice(0, 40)}));

export const quantity = n => '0x' + BigInt(n).toString(16);
const argument = address => '0x' + address.slice(2).toLowerCase().padStart(64, '0');

export class Ethereum {
  // Blocks are made when the test says so.  `keep`: the chain outlives the process.
  static async start({dir, log, keep = false}) {
    const [port] = await freePorts(1);
    const e = new this();
    Object.assign(e, {log, url: `http://127.0.0.1:${port}`, server: `127.0.0.1:${port}`, nonces: new Map()});
    e.program = await e.describe({dir, port: String(port), keep});
    await e.run();
    e.accounts = await e.owners();
    return e;
  }

  // How it is started.
  describe({dir, port, keep}) {
    if (!existsSync(ANVIL)) throw new Error(`${ANVIL} is missing: scripts/bootstrap test fetches it`);
    return {file: ANVIL, ready: /^Listening on /m, args: ['--host', '127.0.0.1', '--port', port, '--chain-id', String(CHAIN_ID),
      '--threads', '1', '--order', 'fifo', '--slots-in-an-epoch', '1', '--no-request-size-limit', '--no-mining',
      ...keep ? ['--state', path.join(dir, 'chain.json')] : []]};
  }
  async run() {
    const {file, args, ready} = this.program;
    this.process = new Process('ethereum node', file, args, {log: this.log});
    await this.process.ready(ready);
  }
  async restart() {
    await this.process.stop();
    this.nonces.clear();
    await this.run();
  }

  rpc(method, ...params) { return this.rpcAt(this.url, method, ...params); }
  async rpcAt(url, method, ...params) {
    const r = await fetch(url, {method: 'POST', headers: {'content-type': 'application/json', connection: 'close'},
      body: JSON.stringify({jsonrpc: '2.0', id: 1, method, params})});
    const {result, error} = await r.json();
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  // Who can send.
  owners() { return this.rpc('eth_accounts'); }

  async height() { return Number(await this.rpc('eth_blockNumber')); }
  async mine(count = 1) {
    const to = await this.height() + count;
    await this.rpc('anvil_mine', quantity(count));
    return until(`block ${to}`, async () => await this.height() >= to);
  }

  // Several of one sender before the next block need their own nonces.
  async nonce(from) {
    const known = this.nonces.get(from) ?? Number(await this.rpc('eth_getTransactionCount', from, 'latest'));
    this.nonces.set(from, known + 1);
    return quantity(known);
  }

  // Into the pool, not yet in a block; answers the hash.
  async send({from = this.accounts[0], to, wei = 0n, ...more}) {
    const tx = {from, value: quantity(wei), gas: '0x30d40', nonce: await this.nonce(from), ...more};
    return this.rpc('eth_sendTransaction', to ? {to, ...tx} : tx);
  }
  // In a block of its own, or with what waits; answers its receipt.
  async pay(tx) {
    const hash = await this.send(tx);
    await this.mine();
    return this.receipt(hash);
  }
  receipt(hash) { return this.rpc('eth_getTransactionReceipt', hash); }

  async deploy(name) { return (await this.pay({data: CONTRACTS[name]})).contractAddress; }
  // Through a contract to `to`.
  payBy(contract, to, wei) { return this.send({to: contract, wei, data: argument(to)}); }

  // The newest `depth` blocks are replaced by as many others; `txs`: [[transaction, block from 0]].
  async reorganise(depth, txs = []) {
    await this.rpc('anvil_reorg', depth, txs);
    this.nonces.clear();
  }
  async rollback(depth) {
    await this.rpc('anvil_rollback', depth);
    this.nonces.clear();
  }
}
