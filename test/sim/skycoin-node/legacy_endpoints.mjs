// The endpoints of the old generation's REST API (0.22): unversioned paths, fewer of them.
import {parseAddress} from './address.mjs';
import {GET, POST, bad, eachPeer, findTransaction, isSet, jsonBody, orBad, parseNumber, requestedBlock, splitList,
  transactionsOf} from './args.mjs';
import {decodeHash, decodeHex} from './bytes.mjs';
import {Refusal} from './gate.mjs';
import * as show from './legacy_shapes.mjs';
import {rawHex} from './shapes.mjs';
import {Rejection, submit} from './submit.mjs';
import {decodeLegacyTransaction} from './transaction.mjs';

function parseAddresses(text) {
  try {
    return new Map(splitList(text).map(a => [a, parseAddress(a)]));
  } catch {
    throw bad('addrs contains invalid address');
  }
}

function parseUint(text) {
  if (!/^\d+$/.test(text)) throw bad(`strconv.ParseUint: parsing "${text}": invalid syntax`);
  return BigInt(text);
}

const hashOf = text => orBad(() => decodeHash(text)).toString('hex');

// --- state of the node --------------------------------------------------------------------------

const version = node => ({version: node.version, commit: ''});
const metadata = ({chain}) => ({head: show.header(chain.head), unspents: chain.unspent.size, unconfirmed: chain.pool.size});

// A list without members is null here.
const progress = node => ({current: node.chain.head.seq, highest: node.highest(),
  peers: node.peers ? eachPeer(node, (_, address) => ({address, height: node.highest()})) : null});

const connections = node => ({connections: eachPeer(node, (id, address) => ({id, address, last_sent: 0, last_received: 0,
  outgoing: false, introduced: true, mirror: 1000 + id, listen_port: 26000 + id}))});

function csrf(node) {
  if (!node.csrfEnabled) throw new Refusal(404);
  return {csrf_token: node.csrf.token()};
}

// --- outputs --------------------------------------------------------------------------------------

// While a loser of a race sits in the pool, these lookups fail for every address.
function outputs({chain}, {args}) {
  const bodies = args.addrs && new Set(parseAddresses(args.addrs).values());
  if (chain.brokenInput()) throw new Refusal(500);
  return show.outputs(chain, bodies);
}

function balance({chain}, {args}) {
  const addresses = parseAddresses(args.addrs);
  const missing = chain.brokenInput();
  if (missing) throw new Refusal(500, 'Get balance failed: get unconfirmed spending failed when checking addresses balance: '
    + `get unconfirmed spend error:unconfirmed transaction's IN: ${missing} is not in unspent pool`);
  return show.balance(chain, addresses);
}

function uxout({chain}, {args}) {
  const found = chain.outputs.get(hashOf(args.uxid ?? ''));
  if (!found) throw new Refusal(404);
  return show.uxout(found);
}

function addressUxouts({chain}, {args}) {
  const body = orBad(() => parseAddress(args.address ?? ''));
  return [...chain.outputs.values()].filter(o => o.body === body).map(show.uxout);
}

// --- transactions ---------------------------------------------------------------------------------

function injectTransaction(node, {text, attempt}) {
  const {rawtx = ''} = jsonBody(text);
  const t = orBad(() => decodeLegacyTransaction(decodeHex(rawtx)));
  try {
    return submit(node, t, attempt);
  } catch (e) {
    throw e instanceof Rejection ? bad(`inject tx failed: ${e.message}`) : e;
  }
}

function requestedTransaction(chain, args) {
  if (!args.txid) throw bad('txid is empty');
  const found = findTransaction(chain, hashOf(args.txid));
  if (!found) throw new Refusal(404);
  return found;
}

// Its own time is always 0; the transaction's timestamp has it.
const transaction = ({chain}, {args}) => ({...show.transactionStatus(chain, requestedTransaction(chain, args)), time: 0});

const rawtx = ({chain}, {args}) => rawHex(requestedTransaction(chain, args).t);
const pendingTxs = ({chain}) => [...chain.pool.values()].map(show.pendingTransaction);

function transactions({chain}, {args}) {
  const bodies = new Set(parseAddresses(args.addrs).values());
  return transactionsOf(chain, bodies, isSet(args.confirmed)).map(f => show.transactionStatus(chain, f));
}

// --- blocks ---------------------------------------------------------------------------------------

const block = ({chain}, {args}) => show.block(requestedBlock(chain, args, parseUint, hashOf));

function blocks({chain}, {args}) {
  const [start, end] = [parseNumber('start', args.start), parseNumber('end', args.end)];
  return {blocks: chain.blocks.filter(b => b.seq >= start && b.seq <= end).map(show.block)};
}

function lastBlocks({chain}, {args}) {
  if (!args.num) throw bad('Param: num is empty');
  const num = Number(parseUint(args.num));
  return {blocks: (num ? chain.blocks.slice(-num) : []).map(show.block)};
}

export const legacyEndpoints = new Map([
  ['/version', [GET, version]],
  ['/csrf', [GET, csrf]],
  ['/blockchain/metadata', [GET, metadata]],
  ['/blockchain/progress', [GET, progress]],
  ['/network/connections', [GET, connections]],
  ['/outputs', [GET, outputs]],
  ['/balance', [GET, balance]],
  ['/uxout', [GET, uxout]],
  ['/address_uxouts', [GET, addressUxouts]],
  ['/injectTransaction', [POST, injectTransaction]],
  ['/transaction', [GET, transaction]],
  ['/transactions', [GET, transactions]],
  ['/rawtx', [GET, rawtx]],
  ['/pendingTxs', [GET, pendingTxs]],
  ['/block', [GET, block]],
  ['/blocks', [GET, blocks]],
  ['/last_blocks', [GET, lastBlocks]],
]);
