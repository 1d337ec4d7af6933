// The JSON-RPC of nodes up to 0.25 ("webrpc"): always HTTP 200, errors by code, recorded at 0.22.0.
import {parseAddress} from './address.mjs';
import {findTransaction} from './args.mjs';
import {decodeHash, decodeHex} from './bytes.mjs';
import * as show from './legacy_shapes.mjs';
import {Rejection, submit} from './submit.mjs';
import {decodeLegacyTransaction} from './transaction.mjs';

const PARSE = -32700;
const REQUEST = -32600;
const METHOD = -32601;
const PARAMS = -32602;
const INTERNAL = -32603;

class RpcError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const failure = (code, message) => ({id: null, jsonrpc: '2.0', error: {code, message}});
export const internalError = () => failure(INTERNAL, 'Internal error');

const isText = v => typeof v === 'string';
const isCount = v => Number.isInteger(v) && v >= 0;

// Refuses anything but `count` (or, without it, one or more) parameters of a kind.
function listOf(params, isKind, count) {
  if (!Array.isArray(params) || !params.every(isKind) || (count !== undefined && params.length !== count))
    throw new RpcError(PARAMS, 'Invalid params');
  return params;
}

// Runs f; what it throws becomes an error with the text that `words` makes of it.
function orElse(f, code, words) {
  try {
    return f();
  } catch (e) {
    throw new RpcError(code, words(e));
  }
}

// --- methods ----------------------------------------------------------------------------------------

function getStatus({chain, now}, params) {
  if (params !== undefined) throw new RpcError(PARAMS, 'Invalid params');
  const since = BigInt.asUintN(64, BigInt(Math.floor(now() / 1000)) - chain.head.time);
  return {running: true, num_of_blocks: chain.blocks.length, hash_of_last_block: chain.head.hash, time_since_last_block: `${since}s`};
}

function addressesOf(params) {
  const texts = listOf(params, isText);
  if (!texts.length) throw new RpcError(PARAMS, 'Invalid params');
  return texts.map(text => [text, orElse(() => parseAddress(text), PARAMS, () => `invalid address: ${text}`)]);
}

function getOutputs({chain}, params) {
  const addresses = addressesOf(params);
  const missing = chain.brokenInput();
  if (missing) throw new RpcError(INTERNAL, 'gateway.GetUnspentOutputs failed: get unconfirmed spending outputs failed: '
    + `get unconfirmed spending outputs failed: unspent output of ${missing} does not exist`);
  return {outputs: show.outputs(chain, new Set(addresses.map(([, body]) => body)))};
}

function getAddressUxouts({chain}, params) {
  return addressesOf(params).map(([address, body]) =>
    ({address, uxouts: [...chain.outputs.values()].filter(o => o.body === body).map(show.uxout)}));
}

function injectTransaction(node, params, attempt) {
  const [text] = listOf(params, isText, 1);
  const bytes = orElse(() => decodeHex(text), PARAMS, e => `invalid raw transaction: ${e.message}`);
  const t = orElse(() => decodeLegacyTransaction(bytes), PARAMS, e => e.message);
  try {
    return {txid: submit(node, t, attempt)};
  } catch (e) {
    throw e instanceof Rejection ? new RpcError(INTERNAL, `inject transaction failed: ${e.message}`) : e;
  }
}

function getTransaction({chain}, params) {
  const [text] = listOf(params, isText, 1);
  const txid = orElse(() => decodeHash(text), PARAMS, () => 'invalid transaction hash').toString('hex');
  const found = findTransaction(chain, txid);
  if (!found) throw new RpcError(REQUEST, 'transaction doesn\'t exist');
  return {transaction: show.transactionStatus(chain, found)};
}

const blocksAnswer = blocks => ({blocks: blocks.map(show.block)});

function getLastBlocks({chain}, params) {
  const [num] = listOf(params, isCount, 1);
  return blocksAnswer(num ? chain.blocks.slice(-num) : []);
}

function getBlocks({chain}, params) {
  const [start, end] = listOf(params, isCount, 2);
  return blocksAnswer(chain.blocks.filter(b => b.seq >= start && b.seq <= end));
}

function getBlocksBySeq({chain}, params) {
  const seqs = listOf(params, isCount);
  if (!seqs.length) throw new RpcError(PARAMS, 'empty params');
  return blocksAnswer(seqs.map(seq => chain.blocks[seq]).filter(b => b));
}

const methods = {
  get_status: getStatus,
  get_outputs: getOutputs,
  inject_transaction: injectTransaction,
  get_transaction: getTransaction,
  get_lastblocks: getLastBlocks,
  get_blocks: getBlocks,
  get_blocks_by_seq: getBlocksBySeq,
  get_address_uxouts: getAddressUxouts,
};

// --- requests -----------------------------------------------------------------------------------------

// What a body asks for; null when it is no request.
export function parseRpc(text) {
  try {
    const {id = '', jsonrpc = '', method = '', params} = JSON.parse(text);
    return [id, jsonrpc, method].every(isText) ? {id, jsonrpc, method, params} : null;
  } catch {
    return null;
  }
}

function carryOut(node, httpMethod, request, attempt) {
  if (httpMethod !== 'POST') throw new RpcError(REQUEST, 'only support http POST');
  if (!request) throw new RpcError(PARSE, 'Parse error');
  if (request.jsonrpc !== '2.0') throw new RpcError(PARAMS, 'invalid jsonrpc');
  if (!Object.hasOwn(methods, request.method)) throw new RpcError(METHOD, 'Method not found');
  return {id: request.id, jsonrpc: '2.0', result: methods[request.method](node, request.params, attempt)};
}

// The answer to a request, a value for JSON.
export function rpcAnswer(node, httpMethod, request, attempt) {
  try {
    return carryOut(node, httpMethod, request, attempt);
  } catch (e) {
    if (!(e instanceof RpcError)) throw e;
    return failure(e.code, e.message);
  }
}
