// Whole sales, driven through a service whose daemons may be dead at any instant: whoever pays or
// binds tries again until it is done.  Each has two rounds that come to rest in between, so that
// every step of the way is taken at least twice.  `beforePaying` is called when the first addresses
// are bound and everything is quiet.
//
// A sale is {id: "txid:n", sky, address, satoshi}.
import assert from 'node:assert/strict';
import {customer} from '../../e2e/lib/files.mjs';
import {request} from '../../e2e/lib/http.mjs';
import {until} from '../../e2e/lib/wait.mjs';
import {ETHER} from '../../e2e/lib/ethereum.mjs';
import {coinsText, owedSky, owedWei} from '../../e2e/lib/world.mjs';
import {atRest} from './books.mjs';

export const EXACT = 1000000;       // 5 SKY
export const UNEVEN = 123456;       // 0.61728 SKY: paid 0.617
export const DUST = 199;            // less than the smallest payout
const PAID_EACH_ROUND = 3;
const ROUNDS = [0, 1];

export const bind = (teller, sky, coin = 'BTC') => until('an address to be bound', () => teller.bind(sky, coin));

async function bindThree(teller, round, coin) {
  const bound = [];
  for (const n of [0, 1, 2]) {
    const sky = customer(3 * round + n);
    bound.push({sky, address: await bind(teller, sky, coin)});
  }
  return bound;
}

const outputsTo = ([twice, uneven, dust]) => [
  {...twice, satoshi: EXACT}, {...twice, satoshi: EXACT}, {...uneven, satoshi: UNEVEN}, {...dust, satoshi: DUST}];

export const pretend = (teller, d) => until('a deposit to be taken', () => teller.pretendDeposit(d).then(() => true));

// A copy of the database over the admin API.
const backUp = teller => until('a backup', async () => {
  const {status, text} = await request(`${teller.admin}/api/backup`);
  return status === 200 && text.startsWith('SQLite format 3');
});

// An operator tries again, too, until it is done.
const command = (teller, ...words) => until(`tellerctl ${words.join(' ')}`, async () => {
  const {status, notes} = await teller.ctl(...words);
  if (status !== 0) throw new Error(notes);
  return true;
});

const REFUSAL = {mode: 'error', status: 400, text: 'Transaction violates soft constraint: the rules have changed', path: 'inject', next: -1};

// The node refuses what is paid; the first transaction is released, and its payouts are paid by
// another one, which the node takes.
async function release(teller, sky, goOn) {
  await sky.sim('fail', REFUSAL);
  await goOn();
  const [held] = await until('a held transaction', async () => {
    const list = await teller.ctlJson('tx', 'list', 'held');
    return list.length > 0 && list;
  });
  await command(teller, 'tx', 'release', '--yes-i-know', '--why', 'the node is wrong', held.txid);
  await sky.sim('fail', {mode: 'none'});
}

// Sending is held while deposits come in; each payout that waits is approved; then sending goes on.
async function operate({teller, sky}, payIn) {
  await command(teller, 'send', 'hold', 'deposits come in');
  await payIn();
  const waiting = await until('payouts to wait', async () => {
    const list = await teller.ctlJson('payout', 'list', 'waiting');
    return list.length === PAID_EACH_ROUND && list;
  });
  for (const p of waiting) await command(teller, 'payout', 'approve', String(p.deposit_id));
  await release(teller, sky, () => command(teller, 'send', 'resume'));
}

// The same sale with caps that EXACT exceeds, and an operator.
export const sellUnderOperators = (world, beforePaying) => sellOnPretendedChain(world, beforePaying, operate);
export const CAPS = {sky_exchanger: {cap_payout: 4, cap_hour: 4, cap_day: 4}};

// Two outputs of one transaction to one address, uneven and dust in the same block, and one told
// again; a backup of it all.
export async function sellOnPretendedChain(world, beforePaying, paying = (_, payIn) => payIn()) {
  const {teller} = world;
  const sales = [];
  for (const round of ROUNDS) {
    const outputs = outputsTo(await bindThree(teller, round));
    if (round === 0) await beforePaying?.();
    const deposits = outputs.map((o, n) => ({...o, tx: `round${round}`, n, height: 100 + round}));
    await paying(world, async () => {
      for (const d of [...deposits, deposits[0]]) await pretend(teller, d);
    });
    sales.push(...deposits.map(d => ({...d, id: `${d.tx}:${d.n}`})));
    await atRest(teller, sales.length);
    await backUp(teller);
  }
  return sales;
}

// So many at once that they need several transactions of many payouts; some are equal.
export const CROWD = {sky_exchanger: {max_outputs_per_tx: 40}};
const MANY = 200;
const CUSTOMERS = 10;
const AT_ONCE = 20;

async function bindMany(teller) {
  const bound = [];
  for (let n = 0; n < CUSTOMERS; n++) bound.push({sky: customer(n), address: await bind(teller, customer(n))});
  return bound;
}

export async function sellToACrowd({teller}, beforePaying) {
  const bound = await bindMany(teller);
  await beforePaying?.();
  const deposits = Array.from({length: MANY}, (_, n) =>
    ({...bound[n % CUSTOMERS], satoshi: UNEVEN + 1000 * (n % 170), tx: 'crowd', n, height: 100}));
  for (let n = 0; n < MANY; n += AT_ONCE)
    await Promise.all(deposits.slice(n, n + AT_ONCE).map(d => pretend(teller, d)));
  await atRest(teller, MANY);
  const [{most}] = await teller.query('SELECT MAX(n) AS most FROM (SELECT count(*) AS n FROM payout_tx_member GROUP BY txid)');
  assert.ok(most > 1, 'no transaction pays many');
  return deposits.map(d => ({...d, id: `${d.tx}:${d.n}`}));
}

const scanned = (teller, height) => until(`block ${height} to be scanned`,
  async () => (await teller.query('SELECT height FROM cursor'))[0].height >= height);

// All blocks are scanned again, to the end: nothing new is found.
async function rescan(teller) {
  await command(teller, 'rescan', 'BTC', '80');
  await until('the rescan to end', async () => {
    const [{open, found}] = await teller.query("SELECT sum(state <> 'done') AS open, sum(found) AS found FROM rescan");
    assert.equal(found, 0);
    return open === 0;
  });
}

// The same in real blocks; the block that holds the payments is replaced by another that holds
// them, after it was scanned and while they are being paid; then all of it is scanned again.
export async function sellOnRealChain({teller, bitcoin}, beforePaying) {
  const sales = [];
  for (const round of ROUNDS) {
    const outputs = outputsTo(await bindThree(teller, round));
    await scanned(teller, await bitcoin.height());
    if (round === 0) await beforePaying?.();
    const {txid, hex} = await bitcoin.pay(outputs);
    sales.push(...outputs.map((o, n) => ({...o, id: `${txid}:${n}`})));
    await scanned(teller, await bitcoin.height());
    await bitcoin.drop(1);
    await bitcoin.send(hex);
    await bitcoin.mine(2);
    await scanned(teller, await bitcoin.height());
    await atRest(teller, sales.length);
    await rescan(teller);
  }
  return sales;
}

const scannedAs = (teller, {seq, hash}) => until(`block ${seq} to be scanned`,
  async () => (await teller.query("SELECT hash FROM block WHERE coin = 'SKY' AND height = " + seq))[0]?.hash === hash);

// The same in SKY, on the Skycoin node's own chain; the block of the payments is replaced, too.
export async function sellSkyForSky({teller, sky}, beforePaying) {
  const sales = [];
  for (const round of ROUNDS) {
    const [twice, uneven, dust] = await bindThree(teller, round, 'SKY');
    const outputs = [[twice, 10000000n], [twice, 10000000n], [uneven, 1234567000n], [dust, 1000n]];
    if (round === 0) await beforePaying?.();
    const paid = await sky.sim('pay', {outputs: outputs.map(([to, droplets]) => ({address: to.address, coins: coinsText(droplets)}))});
    await scannedAs(teller, paid);
    sales.push(...outputs.map(([to, droplets], n) =>
      ({...to, id: `${paid.txid}:${n}`, value: String(droplets), droplets: owedSky(droplets)})));
    await sky.sim('auto', {ms: 0});
    const [top] = await sky.sim('tick');
    await scannedAs(teller, top);
    await sky.sim('reorg', {depth: top.seq - paid.seq + 1});
    await sky.sim('clock', {advance_s: 60});
    const again = (await sky.sim('tick', {count: 2})).at(-1);
    await scannedAs(teller, again);
    await sky.sim('auto', {ms: 50});
    // Payments went out of the chain, too; senderd may not have noticed.
    await until('all of them to be back', async () => (await sky.ledger()).pending.length === 0);
    await atRest(teller, sales.length);
  }
  return sales;
}

export const BALANCES = {eth_scanner: {balance_check: '1s'}};
const DEEP = 13;         // blocks over what is compared, and what is in no transaction to it

// Transfers of ether, and in each round a contract pays one of the addresses: that is in no
// transaction, so the balance tells of it, once.
export async function sellEther({teller, ethereum}, beforePaying) {
  const sales = [];
  const forward = await ethereum.deploy('forward');
  for (const round of ROUNDS) {
    const bound = await bindThree(teller, round, 'ETH');
    if (round === 0) await beforePaying?.();
    for (const [i, {sky, address}] of bound.entries()) {
      const wei = ETHER / 10n + BigInt(i);
      const hash = await ethereum.send({to: address, wei});
      await ethereum.mine();
      sales.push({sky, address, hash, value: String(wei), droplets: owedWei(wei)});
    }
    await ethereum.payBy(forward, bound[0].address, ETHER);
    await ethereum.mine(DEEP);
    for (const s of sales) s.id ??= `${s.hash}:${Number((await ethereum.receipt(s.hash)).transactionIndex)}`;
    await until('what the contract paid', async () =>
      (await teller.query('SELECT count(*) AS n FROM unassigned'))[0].n === round + 1);
    await atRest(teller, sales.length);
  }
  return Object.assign(sales, {surpluses: ROUNDS.map(() => String(ETHER))});
}

// Contracts pay while the node does not trace; when it does again, all of it is found.
export async function sellUntraced({teller, ethereum, proxy}, beforePaying) {
  const sales = [];
  const forward = await ethereum.deploy('forward');
  const bound = await bindThree(teller, 0, 'ETH');
  await beforePaying?.();
  for (const [i, {sky, address}] of bound.entries()) {
    const wei = ETHER / 10n + BigInt(i);
    const hash = await ethereum.payBy(forward, address, wei);
    await ethereum.mine();
    sales.push({sky, address, hash, value: String(wei), droplets: owedWei(wei)});
  }
  await until('the blocks to be owed', async () => (await teller.query('SELECT count(*) AS n FROM trace_debt'))[0].n >= sales.length);
  proxy.refuse = undefined;
  await atRest(teller, sales.length);
  await until('nothing to be owed', async () => (await teller.query('SELECT count(*) AS n FROM trace_debt'))[0].n === 0);
  // A part of such an id is a digest of what was paid.
  for (const s of sales) s.id = (await teller.query(`SELECT txid || ':' || n AS id FROM deposit WHERE txid LIKE '${s.hash}/%'`))[0]?.id;
  return sales;
}
