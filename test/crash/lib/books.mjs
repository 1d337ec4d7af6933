// The proof that money went its way exactly once, whatever happened: the daemons' tables against
// each other, against what the test paid in, and against what the Skycoin node confirmed.  What
// differs is collected and shown, all of it.
import assert from 'node:assert/strict';
import {until} from '../../e2e/lib/wait.mjs';
import {owed} from '../../e2e/lib/world.mjs';
import {decodeTransaction} from '../../sim/skycoin-node/transaction.mjs';

const SETTLED_MS = 20000;
const DUST_ERROR = 'Skycoin send amount is 0';

// Rows of each table that the proof looks at; amounts are texts, for they may be large.
const TABLES = {
  deposits: `SELECT id, txid || ':' || n AS name, address, sky_address, value, CAST(to_send AS TEXT) AS to_send, state,
    payout_txid, CAST(sent AS TEXT) AS sent, error, left_chain FROM deposit ORDER BY id`,
  history: 'SELECT deposit_id, step, from_state, to_state FROM deposit_history ORDER BY deposit_id, step',
  payouts: `SELECT deposit_id, sky_address, CAST(amount AS TEXT) AS amount, state, coalesce(txid, '') AS txid, error
    FROM payout ORDER BY deposit_id`,
  txs: 'SELECT txid, state, released_by, lower(hex(raw)) AS raw FROM payout_tx ORDER BY seq',
  // until a transaction is final its inputs stay reserved
  reserved: `SELECT uxid, txid FROM uxout_reserved JOIN payout_tx USING (txid) WHERE state <> 'confirmed' OR final = 1`,
  members: 'SELECT deposit_id, txid FROM payout_tx_member ORDER BY deposit_id',
  unassigned: 'SELECT txid, n, address, value FROM unassigned ORDER BY txid, n',
  bindings: 'SELECT b.address, b.sky_address, p.bound FROM binding b LEFT JOIN address_pool p USING (coin, address)',
  unread: `SELECT feed, coalesce(position, 0) AS position, newest FROM (
      SELECT 'sightings' AS feed, (SELECT max(feed_seq) FROM sighting) AS newest UNION
      SELECT 'payouts', (SELECT max(feed_seq) FROM payout) UNION
      SELECT 'deposits', (SELECT max(feed_seq) FROM deposit))
    LEFT JOIN (SELECT * FROM exchangerd_position UNION SELECT * FROM senderd_position) USING (feed)
    WHERE newest IS NOT NULL AND newest IS NOT coalesce(position, 0)`,
  damage: `SELECT * FROM pragma_integrity_check WHERE integrity_check <> 'ok'`,
  dangling: 'SELECT * FROM pragma_foreign_key_check',
};

async function readTables(teller) {
  const names = Object.keys(TABLES);
  const rows = await Promise.all(names.map(name => teller.query(TABLES[name])));
  return Object.fromEntries(names.map((name, i) => [name, rows[i]]));
}

// `count` deposits are done, and no daemon has left anything of the others unread.
export async function atRest(teller, count, options) {
  const open = `SELECT (SELECT count(*) FROM deposit) AS deposits,
    (SELECT count(*) FROM deposit WHERE state <> 'done' OR left_chain) AS open,
    (SELECT count(*) FROM payout_tx WHERE state NOT IN ('confirmed', 'dead')) AS open_txs,
    (SELECT count(*) FROM (${TABLES.unread})) AS unread`;
  await until(`${count} deposits to be done`, async () => {
    const [now] = await teller.query(open);
    if (now.deposits === count && now.open + now.open_txs + now.unread === 0) return true;
    throw new Error(JSON.stringify(now));
  }, options).catch(async e => { throw new Error(`${e.message}\n${JSON.stringify(await readTables(teller), null, 1)}\n${teller.logs()}`); });
}

// --- what is compared -------------------------------------------------------------------------------

class Differences {
  found = [];
  same(what, is, should) {
    if (String(is) !== String(should)) this.found.push(`${what} is ${is}, should be ${should}`);
  }
  none(what, rows) {
    if (rows.length) this.found.push(`${what}: ${JSON.stringify(rows)}`);
  }
}

const sum = amounts => amounts.reduce((a, b) => a + BigInt(b), 0n);
const byKey = (rows, key) => rows.reduce((m, r) => m.set(r[key], [...m.get(r[key]) ?? [], r]), new Map());

function theOnly(diff, what, rows = []) {
  diff.same(`number of ${what}`, rows.length, 1);
  return rows[0];
}

// A sale says itself what is owed when it is not one of bitcoins.
const dueFor = s => s.droplets ?? owed(s.satoshi);

// What the test paid in is what was recorded, once, and owed what the rate says.
function compareDeposits(diff, sales, {deposits}) {
  const rows = byKey(deposits, 'name');
  for (const s of sales) {
    const d = theOnly(diff, `deposits ${s.id}`, rows.get(s.id));
    rows.delete(s.id);
    if (!d) continue;
    const droplets = dueFor(s);
    const is = [d.address, d.sky_address, d.value, d.to_send, d.state, d.sent, d.error, d.left_chain];
    const should = [s.address, s.sky, s.value ?? s.satoshi, droplets, 'done', droplets, droplets ? '' : DUST_ERROR, 0];
    diff.same(`deposit ${s.id}`, is, should);
  }
  diff.none('deposits that nobody made', [...rows.values()].flat());
}

// Each deposit's history leads from nothing to its state, step by step.
function compareHistory(diff, {deposits, history}) {
  const rows = byKey(history, 'deposit_id');
  for (const d of deposits) {
    let at = '';
    for (const [i, h] of (rows.get(d.id) ?? []).entries()) {
      diff.same(`history of deposit ${d.name}, step ${i + 1}`, [h.step, h.from_state], [i + 1, at]);
      at = h.to_state;
    }
    diff.same(`end of the history of deposit ${d.name}`, at, d.state);
  }
}

// A payout for each deposit that is owed something, the same amount, the same address.
function comparePayouts(diff, {deposits, payouts}) {
  const rows = byKey(payouts, 'deposit_id');
  for (const d of deposits.filter(x => x.to_send !== '0')) {
    const p = theOnly(diff, `payouts of deposit ${d.name}`, rows.get(d.id));
    rows.delete(d.id);
    if (!p) continue;
    diff.same(`payout of deposit ${d.name}`, [p.sky_address, p.amount, p.state, p.txid, p.error],
      [d.sky_address, d.to_send, 'confirmed', d.payout_txid, '']);
  }
  diff.none('payouts of nothing owed', [...rows.values()].flat());
}

const perAddress = (outputs, amount) => {
  const sums = new Map();
  for (const o of outputs) sums.set(o.address, (sums.get(o.address) ?? 0n) + BigInt(o[amount]));
  return JSON.stringify([...sums].map(([a, n]) => [a, String(n)]).sort());
};

// What each confirmed transaction pays to customers is the sum of its payouts, and there is no
// transaction of the hot wallet that senderd does not know, byte for byte, but for thefts.
function compareTransactions(diff, {payouts, txs}, confirmed, wallet) {
  const known = new Map(txs.map(t => [t.txid, t]));
  const ofTx = byKey(payouts.map(p => ({...p, address: p.sky_address})), 'txid');
  for (const t of confirmed) {
    diff.same(`saved bytes of ${t.txid}`, known.get(t.txid)?.raw, t.raw);
    diff.same(`state of ${t.txid}`, known.get(t.txid)?.state, 'confirmed');
    const paid = t.outputs.filter(o => !wallet.has(o.address));
    diff.same(`what ${t.txid} pays`, perAddress(paid, 'droplets'), perAddress(ofTx.get(t.txid) ?? [], 'amount'));
    known.delete(t.txid);
  }
  diff.none('saved transactions that are neither confirmed nor dead', [...known.values()].filter(t => t.state !== 'dead'));
}

// Dead is only what cannot confirm any more: another transaction has spent an input of it, or an input
// of it would have come out of one that is dead so.
function compareDead(diff, {txs}, everything) {
  const spender = new Map(everything.flatMap(t => t.inputs.map(i => [i.uxid, t.txid])));
  const never = new Set();    // outputs that will not be
  const alive = t => t.inputs.every(id => !never.has(id) && [undefined, t.txid].includes(spender.get(id)));
  let dead = txs.filter(t => t.state === 'dead').map(t => ({...decodeTransaction(Buffer.from(t.raw, 'hex')), txid: t.txid}));
  for (let before = Infinity; dead.length < before;) {
    before = dead.length;
    for (const t of dead.filter(d => !alive(d))) t.outputs.forEach(o => never.add(o.uxid));
    dead = dead.filter(alive);
  }
  diff.none('transactions called dead that could still confirm', dead.map(t => t.txid));
}

// Each payout is in one confirmed transaction, whichever it was in before.
function compareMembers(diff, {payouts, members}, confirmed) {
  const there = new Set(confirmed.map(t => t.txid));
  const rows = byKey(members.filter(m => there.has(m.txid)), 'deposit_id');
  for (const p of payouts) diff.same(`confirmed transactions of payout ${p.deposit_id}`, (rows.get(p.deposit_id) ?? []).map(m => m.txid), p.txid);
}

// What each customer has got by the chain alone is what their deposits are worth.
function compareCustomers(diff, sales, confirmed, wallet) {
  const paid = confirmed.flatMap(t => t.outputs).filter(o => !wallet.has(o.address));
  const due = sales.map(s => ({address: s.sky, droplets: dueFor(s)})).filter(d => d.droplets > 0n);
  diff.same('what the chain paid to each customer', perAddress(paid, 'droplets'), perAddress(due, 'droplets'));
}

const bytesOf = injection => injection.rawtx.toLowerCase();

// No bytes ever reached the node that were not saved first, whatever the node did with them.
function compareInjections(diff, {txs}, injections) {
  const saved = new Set(txs.map(t => t.raw));
  diff.none('bytes sent that were never saved', [...new Set(injections.map(bytesOf))].filter(raw => !saved.has(raw)));
}

// Owed, recorded as sent and confirmed by the node are one sum.
function compareSums(diff, sales, {deposits}, confirmed, wallet) {
  const due = sum(sales.map(dueFor));
  const paid = confirmed.flatMap(t => t.outputs).filter(o => !wallet.has(o.address));
  diff.same('sum of what deposits owe', sum(deposits.map(d => d.to_send)), due);
  diff.same('sum of what was sent', sum(deposits.map(d => d.sent)), due);
  diff.same('sum of what the node confirmed', sum(paid.map(o => o.droplets)), due);
}

// Nothing is left over anywhere, but for what came in no transaction.
function compareRest(diff, tables, pending, surpluses) {
  diff.none('outputs still reserved', tables.reserved);
  diff.none('feeds not read to their end', tables.unread);
  diff.same('outputs that nobody was found for', tables.unassigned.map(u => u.value), surpluses);
  diff.none('bindings outside the pool', tables.bindings.filter(b => b.bound !== 1));
  diff.none('damage in the database', [...tables.damage, ...tables.dangling]);
  diff.none('transactions pending at the node', pending);
}

// Nothing wrong is ever offered to a node; what is dead has lost an input.
function compareRefusals(diff, {txs}, refusals) {
  const dead = new Set(txs.filter(t => t.state === 'dead').map(t => t.txid));
  const lost = r => dead.has(r.txid) && /unspent output of \w+ does not exist/.test(r.message);
  diff.none('transactions that the node refused', refusals.filter(r => !lost(r)));
}

// `sales`: everything that was paid in.  `thefts`: txids of those who have the key too; without any
// nothing may be dead.
//
// What was paid twice stays so; what is only on its way agrees in the end.
export async function assertBooks(world, sales, options) {
  let found;
  await until('the books to agree', async () => {
    found = await differences(world, sales, options);
    return found.length === 0;
  }, {deadlineMs: SETTLED_MS}).catch(e => { found ??= [e.stack]; });
  assert.deepEqual(found, [], `the books do not agree:\n${found.join('\n')}`);
}

async function differences({teller, sky}, sales, {thefts = []} = {}) {
  const diff = new Differences();
  const wallet = new Set(teller.walletAddresses);
  const [tables, ledger, refusals] = await Promise.all([readTables(teller), sky.ledger(), sky.refusals()]);
  const confirmed = ledger.confirmed.filter(t => t.inputs.some(i => wallet.has(i.address)) && !thefts.includes(t.txid));
  compareDeposits(diff, sales, tables);
  compareHistory(diff, tables);
  comparePayouts(diff, tables);
  compareTransactions(diff, tables, confirmed, wallet);
  compareMembers(diff, tables, confirmed);
  compareDead(diff, tables, ledger.confirmed);
  compareCustomers(diff, sales, confirmed, wallet);
  compareInjections(diff, tables, ledger.injections);
  compareSums(diff, sales, tables, confirmed, wallet);
  compareRest(diff, tables, ledger.pending, sales.surpluses ?? []);
  compareRefusals(diff, tables, refusals);
  if (!thefts.length) diff.none('dead transactions, and nobody was there to kill them', tables.txs.filter(t => t.state === 'dead' && !t.released_by));
  return diff.found;
}
