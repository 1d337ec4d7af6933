// The endpoints of the REST API since 0.24.  Each takes the node and a request {args, text, attempt}
// and answers a value for JSON, or throws a Refusal with the node's own text.
import {parseAddress} from './address.mjs';
import {BOTH, GET, POST, bad, eachPeer, findTransaction, isSet, jsonBody, orBad, parseNumber, requestedBlock, splitList,
  transactionsOf} from './args.mjs';
import {decodeHash, decodeHex} from './bytes.mjs';
import {Refusal} from './gate.mjs';
import * as show from './shapes.mjs';
import {Rejection, submit} from './submit.mjs';
import {decodeTransaction} from './transaction.mjs';

function parseAddresses(text) {
  const found = new Map();
  for (const a of splitList(text)) {
    try {
      found.set(a, parseAddress(a));
    } catch (e) {
      throw bad(`address "${a}" is invalid: ${e.message}`);
    }
  }
  return found;
}

// --- state of the node --------------------------------------------------------------------------

const version = node => ({version: node.version, commit: '', branch: ''});
const metadata = ({chain}) => ({head: show.header(chain.head), unspents: chain.unspent.size, unconfirmed: chain.pool.size});

function sinceBlock(node) {
  const seconds = BigInt(Math.floor(node.now() / 1000)) - node.chain.head.time;
  return `${seconds > 0n ? seconds : 0n}s`;
}

function health(node) {
  const policy = {burn_factor: node.policy.burnFactor, max_transaction_size: node.policy.maxSize, max_decimals: node.policy.maxDecimals};
  return {
    blockchain: {...metadata(node), time_since_last_block: sinceBlock(node)},
    version: version(node), coin: node.coin, user_agent: `${node.coin}:${node.version}`,
    open_connections: node.peers, outgoing_connections: 0, incoming_connections: node.peers,
    uptime: `${(node.now() - node.startedMs) / 1000}s`, csrf_enabled: node.csrfEnabled, header_check_enabled: true,
    csp_enabled: true, wallet_api_enabled: true, gui_enabled: false, block_publisher: false,
    user_verify_transaction: policy, unconfirmed_verify_transaction: policy,
    started_at: Math.floor(node.startedMs / 1000),
    fiber: {name: node.coin, display_name: 'Skycoin', ticker: 'SKY', coin_hours_display_name: 'Coin Hours',
      coin_hours_display_name_singular: 'Coin Hour', coin_hours_ticker: 'SCH', qr_uri_prefix: 'skycoin',
      explorer_url: 'https://explorer.skycoin.com',
      version_url: 'https://version.skycoin.com/skycoin/version.txt', bip44_coin: 8000},
  };
}

// 0.24 tells neither its coin nor its rules.
function earlyHealth(node) {
  const {blockchain, version: running, open_connections: open, uptime, csrf_enabled: csrfEnabled, ...more} = health(node);
  return {blockchain, version: running, open_connections: open, uptime, csrf_enabled: csrfEnabled, csp_enabled: more.csp_enabled,
    wallet_api_enabled: more.wallet_api_enabled, gui_enabled: more.gui_enabled, unversioned_api_enabled: false,
    json_rpc_enabled: true};
}

function progress(node) {
  return {current: node.chain.head.seq, highest: node.highest(), peers: eachPeer(node, (_, address) => ({address, height: 0}))};
}

function connections(node) {
  const at = Math.floor(node.startedMs / 1000);
  return {connections: eachPeer(node, (n, address) => ({id: n, address, last_sent: at, last_received: at,
    connected_at: at, outgoing: false, state: 'introduced', mirror: 1000 + n, listen_port: 26000 + n, height: 0,
    user_agent: `${node.coin}:${node.version}`, is_trusted_peer: false,
    unconfirmed_verify_transaction: {burn_factor: 2, max_transaction_size: 32768, max_decimals: 6}}))};
}

function csrf(node) {
  if (!node.csrfEnabled) throw new Refusal(404);
  return {csrf_token: node.csrf.token()};
}

// --- outputs --------------------------------------------------------------------------------------

// While a loser of a race sits in the pool, these lookups fail for every address.
function refuseWhileBroken(chain, where) {
  const missing = chain.brokenInput();
  if (missing) throw new Refusal(500, `${where}: unspent output of ${missing} does not exist`);
}

function outputs({chain}, {args}) {
  if (args.addrs && args.hashes) throw bad('addrs and hashes cannot be specified together');
  const bodies = new Set(parseAddresses(args.addrs).values());
  const hashes = new Set(splitList(args.hashes).map(h => orBad(() => decodeHash(h).toString('hex'))));
  refuseWhileBroken(chain, 'gateway.GetUnspentOutputsSummary failed: vs.unconfirmedOutgoingOutputs failed');
  return show.outputsAnswer(chain, o => bodies.has(o.body) || hashes.has(o.uxid) || (!args.addrs && !args.hashes));
}

function balance({chain}, {args}) {
  const addresses = parseAddresses(args.addrs);
  if (!addresses.size) throw bad('addrs is required');
  refuseWhileBroken(chain, 'gateway.GetBalanceOfAddresses failed: GetArray failed when checking addresses balance');
  return show.balanceAnswer(chain, addresses);
}

// Hours stop growing when an output is spent: those of the head under which that happened.
const timeOf = (chain, o) => o.spent ? chain.blocks[Number(o.spent.seq) - 1].time : chain.head.time;

function uxout({chain}, {args}) {
  const id = orBad(() => decodeHash(args.uxid ?? '')).toString('hex');
  const found = chain.outputs.get(id);
  if (!found) throw bad(`uxout of ${id} does not exist`);
  return show.uxout(found, timeOf(chain, found));
}

function addressUxouts({chain}, {args}) {
  const body = orBad(() => parseAddress(args.address ?? ''));
  return [...chain.outputs.values()].filter(o => o.body === body).map(o => show.uxout(o, timeOf(chain, o)));
}

// --- transactions ---------------------------------------------------------------------------------

function injectTransaction(node, {text, attempt}) {
  const {rawtx, no_broadcast: noBroadcast} = jsonBody(text);
  if (!rawtx) throw bad('rawtx is required');
  const t = orBad(() => decodeTransaction(decodeHex(rawtx)));
  try {
    return submit(node, t, attempt, {noBroadcast});
  } catch (e) {
    if (!(e instanceof Rejection)) throw e;
    throw new Refusal(e.verdict === 'no_peer' ? 503 : 400, e.message);
  }
}

function requestedTransaction(chain, args) {
  if (!args.txid) throw bad('txid is empty');
  const found = findTransaction(chain, orBad(() => decodeHash(args.txid)).toString('hex'));
  if (!found) throw new Refusal(404);
  return found;
}

function transaction({chain}, {args}) {
  const form = isSet(args.encoded) ? 'encoded' : isSet(args.verbose) ? 'verbose' : 'plain';
  return show.transactionStatus(chain, requestedTransaction(chain, args), form);
}

const rawtx = ({chain}, {args}) => show.rawHex(requestedTransaction(chain, args).t);
const pendingTxs = ({chain}) => [...chain.pool.values()].map(show.pendingTransaction);

function transactions({chain}, {args}) {
  const bodies = new Set(parseAddresses(args.addrs).values());
  return transactionsOf(chain, bodies, isSet(args.confirmed)).map(f => show.transactionStatus(chain, f, 'plain'));
}

// A dry run: every rule, nothing kept.
function verifyTransaction({chain}, {text}) {
  const body = jsonBody(text);
  if (!body.encoded_transaction) throw bad('encoded_transaction is required');
  const t = orBad(() => decodeTransaction(decodeHex(body.encoded_transaction)));
  const unknown = t.inputs.find(id => !chain.outputs.has(id));
  if (unknown) throw new Refusal(500, `uxout of ${unknown} does not exist`);
  const spentAlready = !!chain.missingInput(t);
  const error = spentAlready ? 'transaction has been spent' : chain.judge(t);
  const spent = t.inputs.map(id => chain.outputs.get(id));
  const headTime = timeOf(chain, spent.find(o => o.spent) ?? {});
  const data = {unsigned: t.sigs.every(s => s.every(b => b === 0)), confirmed: spentAlready,
    transaction: show.verifiedTransaction(t, spent, headTime)};
  if (error) throw new Refusal(422, error, data);
  return {data};
}

function verifyAddress(node, {text}) {
  const {address} = jsonBody(text);
  if (!address) throw bad('address is required');
  try {
    parseAddress(address);
  } catch (e) {
    throw new Refusal(422, e.message);
  }
  return {data: {version: 0}};
}

// --- blocks ---------------------------------------------------------------------------------------

const hashOf = text => orBad(() => decodeHash(text)).toString('hex');

function block({chain}, {args}) {
  const found = requestedBlock(chain, args, seq => parseNumber('seq', seq), hashOf);
  return show.block(chain, found, isSet(args.verbose));
}

function blocksBySeq({chain}, seqs, verbose) {
  return seqs.map(text => {
    const found = chain.blocks[Number(parseNumber('seqs', text))];
    if (!found) throw new Refusal(404, `block does not exist seq=${text}`);
    return show.block(chain, found, verbose);
  });
}

function blocks(node, {args}) {
  const verbose = isSet(args.verbose);
  if (args.seqs) return {blocks: blocksBySeq(node, splitList(args.seqs), verbose)};
  const [start, end] = [parseNumber('start', args.start), parseNumber('end', args.end)];
  const range = node.chain.blocks.filter(b => b.seq >= start && b.seq <= end);
  return {blocks: range.map(b => show.block(node.chain, b, verbose))};
}

function lastBlocks({chain}, {args}) {
  const num = parseNumber('num', args.num);
  if (num > 256n) throw bad(`num: "${num}" must < 256`);
  const last = num ? chain.blocks.slice(-Number(num)) : [];
  return {blocks: last.map(b => show.block(chain, b, isSet(args.verbose)))};
}

// --- the table ------------------------------------------------------------------------------------

// Stands for what nothing of ours asks for.
function notSimulated() { throw new Refusal(501, 'not simulated'); }

// path -> methods, endpoint, the set of endpoints that it can be switched off with
export const endpoints = new Map([
  ['/api/v1/version', [GET, version]],
  ['/api/v1/health', [GET, health]],
  ['/api/v1/csrf', [GET, csrf]],
  ['/api/v1/blockchain/metadata', [GET, metadata]],
  ['/api/v1/blockchain/progress', [GET, progress]],
  ['/api/v1/network/connections', [GET, connections]],
  ['/api/v1/outputs', [BOTH, outputs]],
  ['/api/v1/balance', [BOTH, balance]],
  ['/api/v1/uxout', [GET, uxout]],
  ['/api/v1/address_uxouts', [GET, addressUxouts]],
  ['/api/v1/injectTransaction', [POST, injectTransaction, 'TXN']],
  ['/api/v1/transaction', [GET, transaction]],
  ['/api/v1/transactions', [BOTH, transactions]],
  ['/api/v1/rawtx', [GET, rawtx]],
  ['/api/v1/pendingTxs', [GET, pendingTxs]],
  ['/api/v1/block', [GET, block]],
  ['/api/v1/blocks', [BOTH, blocks]],
  ['/api/v1/last_blocks', [GET, lastBlocks]],
  ['/api/v2/address/verify', [POST, verifyAddress]],
  ['/api/v2/transaction', [POST, notSimulated, 'TXN']],
  ['/api/v2/transaction/verify', [POST, verifyTransaction]],
]);

// 0.24 and 0.25, which tell less about themselves.
export const earlyEndpoints = new Map([...endpoints, ['/api/v1/health', [GET, earlyHealth]]]);
