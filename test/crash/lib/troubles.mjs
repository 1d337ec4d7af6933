// A sale whose payments have bad luck on the Skycoin chain: an output that a payment spends is taken
// by somebody else who has the key, and the block of a payment never was.  Two rounds, so that every
// step is taken at least twice; `beforePaying` as in sales.mjs.
import {customer} from '../../e2e/lib/files.mjs';
import {until} from '../../e2e/lib/wait.mjs';
import {generateKeys} from '../../sim/skycoin-node/keys.mjs';
import {atRest} from './books.mjs';
import {EXACT, bind, pretend} from './sales.mjs';

const DEAD_DEPTH = 3, FINAL_DEPTH = 6;
const ROUNDS = [0, 1];

const secretOf = teller => generateKeys(teller.walletSeed, 1).keys[0].secret.toString('hex');

// What senderd has written down, as often as it takes until `n` steps begin with `word`.
const steps = (teller, word, n) => until(`${n} transactions to be ${word}`, async () => {
  const [row] = await teller.query(`SELECT count(*) AS n FROM payout_tx_history WHERE why LIKE '${word}:%'`);
  return row.n >= n;
});

class TroubledSale {
  sales = [];
  thefts = [];
  constructor({teller, sky}) {
    Object.assign(this, {teller, sky});
  }

  async payIn(name, n) {
    const sky = customer(this.sales.length);
    const address = await bind(this.teller, sky);
    const d = {sky, address, satoshi: EXACT, tx: name, n, height: 100 + this.sales.length};
    await pretend(this.teller, d);
    this.sales.push({...d, id: `${name}:${n}`});
  }

  pending() {
    return until('a payment to be pending', async () => {
      const {pending} = await this.sky.ledger();
      return pending.length > 0 && pending[0];
    });
  }

  // No block comes while the payment is pending; then somebody else takes an output that it spends.
  async theft(round) {
    const {teller, sky} = this;
    await sky.sim('auto', {ms: 0});
    await this.payIn(`theft${round}`, 0);
    const {txid} = await this.pending();
    const {txid: thief} = await sky.sim('doublespend', {txid, secret: secretOf(teller)});
    this.thefts.push(thief);
    await sky.sim('sweep', {});
    await steps(teller, 'held', round + 1);
    await sky.sim('tick', {count: DEAD_DEPTH - 1});
    await sky.sim('auto', {ms: 50});
    await atRest(teller, this.sales.length);
  }

  // The block of a payment never was, and no pool has it; then it is in another, and final one day.
  async reorganisation(round) {
    const {teller, sky} = this;
    await this.payIn(`gone${round}`, 0);
    await atRest(teller, this.sales.length);
    await sky.sim('reorg', {depth: 1, forget: true});
    await steps(teller, 'gone', round + 1);
    await atRest(teller, this.sales.length);
    await sky.sim('tick', {count: FINAL_DEPTH});
    await until('everything to be final', async () => {
      const [{open}] = await teller.query('SELECT count(*) AS open FROM payout_tx WHERE final = 0');
      return open === 0;
    });
  }
}

export async function sellThroughTroubles(world, beforePaying) {
  const t = new TroubledSale(world);
  await beforePaying?.();
  for (const round of ROUNDS) {
    await t.theft(round);
    await t.reorganisation(round);
  }
  return Object.assign(t.sales, {thefts: t.thefts});
}
