// Many payouts through daemons that are killed again and again, senderd above all, while the Skycoin
// nodes drop, lie, are late, forget, fall behind and are replaced by others; while the chain takes
// blocks back, and somebody who has the wallet's keys spends its outputs.  Then it is calm, and the
// books must agree to the droplet.
//
// The chain is never taken back by more than two blocks from where it once was: what is three deep
// stays, and that is what `dead_depth` trusts in.
import {setTimeout as later} from 'node:timers/promises';
import {btcPool, customer} from '../../e2e/lib/files.mjs';
import {until} from '../../e2e/lib/wait.mjs';
import {generateKeys} from '../../sim/skycoin-node/keys.mjs';
import {assertBooks, atRest} from './books.mjs';
import {CrashWorld} from './crash_world.mjs';
import {Random} from './random.mjs';
import {bind} from './sales.mjs';

const ADDRESSES = 40;
const OUTPUTS = 12;                 // of the hot wallet
const COINS = '1000';
const HOURS = 1000000000;           // half of them burns, again and again
const SATOSHI = [1000, 200000];     // none is dust
const BURST = 20;
const SHORT_MS = [5, 150];
const LONG_MS = [150, 900];
const FAULT_MS = [30, 250];
const UPHEAVAL_MS = [200, 1500];
const BUILD_MS = 200;               // what was being built when a block went is saved
const KEEP_LOSERS_MS = 300;
const BLOCK_MS = 150;               // long enough for payments to be found pending
const REORG_MAX = 2;
const DEAD_DEPTH = 3;               // the default of sky_exchanger.dead_depth
const FINAL_DEPTH = 6;              // and of sky_exchanger.final_depth
const CALM_MS = 300000;
const LOOK_MS = 5000;                // at first
const SPLIT = {sky_exchanger: {split_outputs: 20, split_min: 5}};   // change is cut, and splits of their own are made
const SLOW_MS = 120000;
const MODES = ['drop', 'error', 'lose', 'deny', 'half', 'garbage', 'delay'];

// Counts what is started, and does not wait for a daemon that ended by itself.
class SoakWorld extends CrashWorld {
  starts = 0;
  thefts = [];      // txids
  reorgs = 0;
  start(name, env) {
    this.starts++;
    super.start(name, env);
    this.teller.daemons[name].ended.then(({status, signal}) => {
      if (signal !== 'SIGKILL' && !this.over) this.failed ??= new Error(`${name} ended with ${status ?? signal}`);
    });
  }
  hasDied(deaths) {
    if (this.failed) throw this.failed;
    return this.deaths.length >= deaths;
  }
}

async function nowAndThen(random, [low, high], done, something) {
  while (!done()) {
    await later(random.between(low, high));
    await something();
  }
}

// --- the daemons --------------------------------------------------------------------------------------

const victims = random => random.oneIn(10) ? ['senderd', 'exchangerd'] : [random.oneIn(8) ? 'exchangerd' : 'senderd'];

// Mostly soon after the start, now and then after some work.
async function killAll(world, random, done) {
  while (!done()) {
    await later(random.between(...random.oneIn(4) ? LONG_MS : SHORT_MS));
    await world.kill(victims(random));
  }
}

// --- the nodes ----------------------------------------------------------------------------------------

// For a moment; then it is as before.
async function awhile(node, random, on, off) {
  await node.sim(...on);
  await later(random.under(300));
  await node.sim(...off);
}

// Its pool is gone, and for a moment nobody answers.
async function restart(node, random) {
  await node.sim('restart');
  await awhile(node, random, ['listen', {on: false}], ['listen', {on: true}]);
}

// {chance: n}: one in n.
const misbehaviours = [
  {chance: 2, act: node => node.sim('fail', {mode: 'none'})},
  {chance: 6, act: restart},
  {chance: 12, act: node => node.sim('wipe')},
  {chance: 12, act: (node, random) => awhile(node, random, ['peers', {count: 0}], ['peers', {count: 1}])},
  {chance: 12, act: (node, random) => awhile(node, random, ['behind', {blocks: random.between(1, 3), forget: random.oneIn(2)}], ['behind', {blocks: 0}])},
  {chance: 24, act: (node, random) => awhile(node, random, ['genesis', {}], ['genesis', {other: false}])},
];

async function misbehave(node, random) {
  const other = misbehaviours.find(m => random.oneIn(m.chance));
  if (other) return other.act(node, random);
  return node.sim('fail', {only: true, mode: random.oneOf(MODES), next: random.between(1, 3), ms: random.between(50, 400),
    status: random.oneOf([500, 502, 503]), path: random.oneIn(3) ? '/' : 'inject'});
}

const misbehaveAll = (node, random, done) => nowAndThen(random, FAULT_MS, done, () => misbehave(node, random));

// Replaced by one of another generation.
const upgrade = ({sky}, random, generations) => random.oneOf(sky.nodes).sim('generation', {name: random.oneOf(generations)});

// --- the chain ----------------------------------------------------------------------------------------

// The newest blocks never were.  Answers the transactions that were in them.
async function takeBack(world, random, forget) {
  world.reorgs++;
  const {confirmed} = await world.sky.ledger();
  const blocks = await world.sky.sim('reorg', {depth: random.between(1, REORG_MAX), forget});
  const txids = new Set(blocks.flatMap(b => b.txids));
  return confirmed.filter(t => txids.has(t.txid));
}

// The chain grows longer than it has ever been.
const bury = ({sky}, more = 0) => sky.sim('tick', {count: REORG_MAX + 1 + more});

async function reorganise(world, random, forget = random.oneIn(2)) {
  await takeBack(world, random, forget);
  await bury(world);
}

// What a thief takes: what spends a pending transaction, or one that was taken back, or any output of
// the wallet.
async function prey(world, random, taken) {
  const own = new Set(world.teller.walletAddresses);
  const {pending, confirmed} = await world.sky.ledger();
  const spent = new Set(confirmed.flatMap(t => t.inputs.map(i => i.uxid)));
  const outputs = confirmed.flatMap(t => t.outputs).filter(o => own.has(o.address) && !spent.has(o.uxid));
  const wanted = new Set([...pending.flatMap(t => t.inputs), ...taken.flatMap(t => t.inputs.map(i => i.uxid))]);
  const choice = outputs.filter(o => wanted.has(o.uxid));
  return outputs.length ? random.oneOf(choice.length ? choice : outputs) : null;
}

async function spend({sky, secrets, thefts}, {uxid, address}) {
  try {
    thefts.push((await sky.sim('doublespend', {uxid, secret: secrets.get(address)})).txid);
  } catch (e) {
    if (!/no unspent output/.test(e.message)) throw e;   // else it was spent in the meantime
  }
}

// Somebody spends an output of the wallet in a block.  Mostly it is buried under others, sometimes a
// reorganisation gives it back.  The wallet gets as much from elsewhere.
async function steal(world, random) {
  const taken = random.oneIn(2) ? await takeBack(world, random, true) : [];
  await later(BUILD_MS);
  const target = await prey(world, random, taken);
  if (target) await spend(world, target);
  await bury(world);
  if (random.oneIn(3)) await reorganise(world, random, true);
  await bury(world, DEAD_DEPTH);
  await world.fund(1, COINS, HOURS);
}

const upheave = (world, random, generations, done) => nowAndThen(random, UPHEAVAL_MS, done, () =>
  random.oneIn(6) ? upgrade(world, random, generations) : random.oneIn(2) ? reorganise(world, random) : steal(world, random));

// --- what they have to do -------------------------------------------------------------------------------

async function bindAll(teller) {
  const bound = [];
  for (let n = 0; n < ADDRESSES; n++) bound.push({sky: customer(n), address: await bind(teller, customer(n))});
  return bound;
}

async function payIn(teller, sale) {
  await until('a deposit to be taken', () => teller.pretendDeposit(sale).then(() => true));
  return {...sale, id: `${sale.tx}:${sale.n}`};
}

// In bursts, no faster than daemons die, so that money is on its way at every death.
async function payAll(world, random, {payouts, deaths}) {
  const bound = await bindAll(world.teller);
  const sales = [];
  while (sales.length < payouts) {
    const burst = Math.min(random.between(1, BURST), payouts - sales.length);
    for (let n = 0; n < burst; n++)
      sales.push(await payIn(world.teller, {...random.oneOf(bound), satoshi: random.between(...SATOSHI),
        tx: `soak${sales.length}`, n: 0, height: 100 + sales.length}));
    await until('more deaths', () => world.failed || world.hasDied(sales.length * deaths / payouts), {deadlineMs: SLOW_MS});
  }
  return sales;
}

async function storm(world, {seed, generations, ...plan}) {
  let paid = false;
  const over = () => paid && world.hasDied(plan.deaths);
  const random = n => new Random(seed + n);
  const trouble = [
    killAll(world, random(0), over),
    ...world.sky.nodes.map((node, n) => misbehaveAll(node, random(10 + n), over)),
    upheave(world, random(2), generations, over),
  ];
  const sales = payAll(world, random(1), plan).finally(() => { paid = true; });
  return (await Promise.all([sales, ...trouble]))[0];
}

// --- calm -----------------------------------------------------------------------------------------------

// `sql` answers what there still is.
const nothingLeft = ({teller}, what, sql, deadlineMs) => until(what, async () => {
  const rows = await teller.query(sql);
  if (rows.length) throw new Error(JSON.stringify(rows));
  return true;
}, {deadlineMs});

const OPEN = `SELECT 'deposit' AS what, txid, state FROM deposit WHERE state <> 'done'
  UNION ALL SELECT 'payment', txid, state || ' ' || held_why FROM payout_tx WHERE state IN ('saved', 'sent')`;
const NOT_FINAL = `${OPEN} UNION ALL SELECT 'payment', txid, state FROM payout_tx
  WHERE state IN ('confirmed', 'dead') AND final = 0 AND released_by = ''`;

// Nothing fails any more, and blocks come without anybody's doing, until all is paid; then until all
// that was built is final.  What became of it senderd looks at once a minute, and when it is started.
async function calm(world) {
  let lookMs = LOOK_MS;
  for (const node of world.sky.nodes) await node.sim('fail', {mode: 'none'});
  await until('every deposit to be paid', async () => {
    await world.sky.sim('tick');
    await world.kill(['senderd']);
    return nothingLeft(world, 'nothing to be open', OPEN, lookMs *= 1.2);
  }, {deadlineMs: CALM_MS});
  await until('every transaction to be final', async () => {
    await world.sky.sim('tick', {count: FINAL_DEPTH});
    await world.kill(['senderd']);
    return nothingLeft(world, 'nothing to be open', NOT_FINAL, lookMs *= 1.2);
  }, {deadlineMs: CALM_MS});
}

// --- the run --------------------------------------------------------------------------------------------

// `generations` of the nodes at first, and of their replacements.
export async function startSoak(suite, generations) {
  const world = await SoakWorld.pretended(suite, {conf: SPLIT, pool: btcPool(20), fund: 0, autoBlockMs: BLOCK_MS,
    sky: {nodes: 2, generation: generations.join(','), args: ['--keep-losers', String(KEEP_LOSERS_MS)]}});
  const {keys} = generateKeys(world.teller.walletSeed, world.teller.walletAddresses.length);
  world.secrets = new Map(keys.map(k => [k.address, k.secret.toString('hex')]));
  await world.fund(OUTPUTS, COINS, HOURS);
  await bury(world);
  return world;
}

// plan: {seed, payouts, deaths, generations}; what is asked for happens at least.
export async function soak(world, plan) {
  world.startAll();
  await world.teller.ready();
  const sales = await storm(world, plan);
  await calm(world);
  await atRest(world.teller, sales.length);
  await assertBooks(world, sales, {thefts: world.thefts});
  await world.teller.ready();
}

// --- figures ----------------------------------------------------------------------------------------------

const tally = names => names.reduce((m, n) => m.set(n, (m.get(n) ?? 0) + 1), new Map());
const inOrder = map => [...map].sort(([a], [b]) => a < b ? -1 : 1);

// Bytes of transactions that went out again, first times left aside.
function resent(injections) {
  const raws = injections.map(i => i.rawtx);
  const first = new Set(raws);
  const size = list => list.reduce((n, raw) => n + raw.length / 2, 0);
  return {times: raws.length - first.size, bytes: size(raws) - size([...first])};
}

// [name, number] in the order to be shown.
export async function figures(world) {
  const {injections, head, confirmed} = await world.sky.ledger();
  const [db] = await world.teller.query(`SELECT (SELECT count(*) FROM payout_tx) AS txs, (SELECT count(*) FROM payout) AS payouts,
    (SELECT count(*) FROM payout_tx WHERE state = 'dead') AS dead,
    (SELECT count(*) FROM payout_tx_history WHERE from_state = 'confirmed' AND to_state = 'sent') AS gone,
    (SELECT count(*) FROM payout WHERE replaces IS NOT NULL) AS paid_anew`);
  const there = new Set(confirmed.map(t => t.txid));
  const again = resent(injections);
  return [
    ...inOrder(tally(world.deaths)).map(([name, n]) => [`kills of ${name}`, n]),
    ['kills', world.deaths.length], ['restarts', world.starts - 4], ['payouts', db.payouts], ['transactions built', db.txs],
    ['reorganisations', world.reorgs], ['thefts', world.thefts.length], ['thefts that stayed', world.thefts.filter(t => there.has(t)).length],
    ['transactions dead', db.dead], ['payouts paid anew', db.paid_anew], ['confirmed, then gone', db.gone], ['blocks', head],
    ...inOrder(tally(injections.map(i => `${i.verdict}${i.fault ? `, ${i.fault}` : ''}`))).map(([v, n]) => [`injections: ${v}`, n]),
    ['injections', injections.length], ['sent again, times', again.times], ['sent again, bytes', again.bytes]];
}
