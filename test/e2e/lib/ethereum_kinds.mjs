// Ethereum nodes of other generations and other makers than anvil, with the same controls.
import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {nodesDir, npm} from '../../nodes/npm.mjs';
import {CHAIN_ID, ETHER, Ethereum, quantity} from './ethereum.mjs';
import {freePorts} from './ports.mjs';
import {until} from './wait.mjs';

function script(...parts) {
  const file = path.join(nodesDir, 'node_modules', ...parts);
  if (!existsSync(file)) throw new Error(`${file} is missing: scripts/bootstrap test fetches it`);
  return file;
}

// ganache 6: nodes as they were before London and the merge.  No receipts of whole blocks, no tracing,
// no `finalized`, errors of a code of its own.  It makes a block for each transaction.
export class Ganache extends Ethereum {
  describe({dir, port, keep}) {
    mkdirSync(path.join(dir, 'chain'), {recursive: true});
    return {file: process.execPath, ready: /^Listening on /m, args: [script('ganache-cli', 'cli.js'), '--host', '127.0.0.1', '--port', port,
      '--chainId', String(CHAIN_ID), '--networkId', String(CHAIN_ID), '--hardfork', 'istanbul', '--mnemonic', 'teller', '--noVMErrorsOnRPCResponse',
      ...keep ? ['--db', path.join(dir, 'chain')] : []]};
  }

  async mine(count = 1) {
    for (let i = 0; i < count; i++) await this.rpc('evm_mine');
  }
  async pay(tx) { return this.receipt(await this.send(tx)); }
  // What was mined since is undone by the function that is answered, and is not there any more.
  async branch() {
    const id = await this.rpc('evm_snapshot');
    return async () => {
      await this.rpc('evm_revert', id);
      await this.rpc('evm_increaseTime', 60);   // else the same block may come again, hash and all
      this.nonces.clear();
    };
  }
}

const ZERO = `0x${'0'.repeat(64)}`;
const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';   // of OWNER; every test chain's
const OWNER = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266';
const FORKS = ['homestead', 'eip150', 'eip155', 'eip158', 'byzantium', 'constantinople', 'petersburg', 'istanbul', 'muirGlacier', 'berlin', 'london',
  'mergeFork'];
const genesis = {
  config: {chainId: CHAIN_ID, ...Object.fromEntries(FORKS.map(f => [`${f}Block`, 0])), terminalTotalDifficulty: 0,
    terminalTotalDifficultyPassed: true, shanghaiTime: 0},
  nonce: '0x0', timestamp: '0x1', extraData: '0x', gasLimit: '0x1c9c380', difficulty: '0x0', mixHash: ZERO, coinbase: `0x${'0'.repeat(40)}`,
  baseFeePerGas: '0x7', alloc: {[OWNER]: {balance: quantity(10000n * ETHER)}},
};

// EthereumJS: an execution client as on the real network after the merge.  The test is its consensus
// client: it has blocks built, names the head, which is how such chains are reorganised, and what is final.
export class Merged extends Ethereum {
  async describe({dir, port}) {
    const [engine, peers] = await freePorts(2);
    const chain = path.join(dir, 'chain');
    mkdirSync(chain, {recursive: true});
    writeFileSync(path.join(chain, 'genesis.json'), JSON.stringify(genesis));
    Object.assign(this, {engine: `http://127.0.0.1:${engine}`, final: ZERO});
    return {file: process.execPath, ready: /Client started successfully/, args: [script('@ethereumjs', 'client', 'dist', 'esm', 'bin', 'cli.js'),
      '--gethGenesis', path.join(chain, 'genesis.json'), '--dataDir', chain, '--logFile', path.join(chain, 'client.log'), '--logRotate=false', '--isSingleNode', '--sync', 'none', '--saveReceipts',
      '--rpc', '--rpcAddr', '127.0.0.1', '--rpcPort', port, '--rpcEngine', '--rpcEngineAddr', '127.0.0.1', '--rpcEnginePort', String(engine),
      '--rpcEngineAuth=false', '--port', String(peers), '--discV4=false', '--discDns=false', '--maxPeers', '0']};
  }
  async run() {
    await super.run();
    if (await this.height() === 0) await this.mine();    // it takes no transactions before
  }

  block(which) { return this.rpc('eth_getBlockByNumber', which, false); }

  // --- as a consensus client -------------------------------------------------------------------

  async choose(head, attributes) {
    const r = await this.rpcAt(this.engine, 'engine_forkchoiceUpdatedV2', {headBlockHash: head, safeBlockHash: this.final, finalizedBlockHash: this.final},
      ...attributes ? [attributes] : []);
    if (r.payloadStatus.status !== 'VALID') throw new Error(JSON.stringify(r));
    return r.payloadId;
  }
  // A block with what waits, on `parent`; it becomes the head.
  async build(parent, later = 1) {
    const timestamp = quantity(Math.max(Number(parent.timestamp) + later, Math.floor(Date.now() / 1000)));
    const id = await this.choose(parent.hash, {timestamp, prevRandao: ZERO, suggestedFeeRecipient: `0x${'0'.repeat(40)}`, withdrawals: []});
    const {executionPayload} = await this.rpcAt(this.engine, 'engine_getPayloadV2', id);
    const {status} = await this.rpcAt(this.engine, 'engine_newPayloadV2', executionPayload);
    if (status !== 'VALID') throw new Error(`the node does not take its own block: ${status}`);
    await this.choose(executionPayload.blockHash);
    return until('the head', async () => (head => head.hash === executionPayload.blockHash && head)(await this.block('latest')));
  }
  async mine(count = 1) {
    for (let i = 0; i < count; i++) await this.build(await this.block('latest'));
  }
  async finalize(which = 'latest') {
    this.final = (await this.block(which)).hash;
    await this.choose((await this.block('latest')).hash);
  }
  // As Ganache's; the blocks of the other branch stay known by their hashes.
  async branch() {
    const from = await this.block('latest');
    return async () => {
      await this.build(from, 60);
      this.nonces.clear();
    };
  }

  // --- transactions: it holds no keys ----------------------------------------------------------

  owners() { return [OWNER]; }
  async send({to, wei = 0n, data = '0x'}) {
    const [{createFeeMarket1559Tx}, {createCustomCommon, Mainnet}, {hexToBytes, bytesToHex}] = await Promise.all(
      ['tx', 'common', 'util'].map(m => import(npm.resolve(`@ethereumjs/${m}`))));
    const common = createCustomCommon({chainId: CHAIN_ID}, Mainnet, {hardfork: 'shanghai'});
    const tx = createFeeMarket1559Tx({chainId: CHAIN_ID, nonce: await this.nonce(OWNER), maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 10n ** 9n,
      gasLimit: 200000n, to, value: wei, data}, {common}).sign(hexToBytes(KEY));
    return this.rpc('eth_sendRawTransaction', bytesToHex(tx.serialize()));
  }
}
