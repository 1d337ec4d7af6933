// Deposits from the dummy API to `done`: every daemon and every commit of the journey, with a chain
// and a Skycoin node that answer at once.
import {createHash} from 'node:crypto';
import {btcAddress, skyAddress} from './addresses.mjs';
import {postAll} from './pump.mjs';
import {figure} from './report.mjs';
import {withTeller} from './service.mjs';
import {until} from '../e2e/lib/wait.mjs';

const DEPOSITS = 10000;
const CUSTOMERS = 1000;
const CONNECTIONS = 64;
const SATOSHI = 1000;               // at 500 SKY for a bitcoin: 0.005 SKY
const OWED_DROPLETS = 5000n;
const ROWS = 13;                    // written for one deposit: sighting, deposit and its moves, history, payout and its

const txid = n => createHash('sha256').update(`bench ${n}`).digest('hex');

const depositPath = (address, n) => '/dummy/scanner/deposit?' +
  new URLSearchParams({addr: address, value: SATOSHI, height: 1 + n / 100 | 0, tx: txid(n), n: 0, coin: 'BTC'});

// Confirms what is broadcast, as it appears, until `finished` says so.
async function confirmAll(teller, finished) {
  const confirmed = new Set();
  await until('all deposits to be done', async () => {
    for (const t of await teller.broadcasts()) {
      if (confirmed.has(t.txid)) continue;
      await teller.pretendConfirmation(t.txid);
      confirmed.add(t.txid);
    }
    return finished();
  });
  return confirmed.size;
}

async function countDone(teller) {
  const [{n}] = await teller.query(`SELECT COUNT(*) AS n FROM deposit WHERE state = 'done'`);
  return n;
}

async function assertExact(teller) {
  const [{n, sent}] = await teller.query('SELECT COUNT(*) AS n, SUM(sent) AS sent FROM deposit');
  if (n !== DEPOSITS || BigInt(sent) !== OWED_DROPLETS * BigInt(DEPOSITS))
    throw new Error(`${n} deposits, ${sent} droplets sent`);
}

export async function measureDeposits(disk) {
  const pool = Array.from({length: CUSTOMERS}, (_, n) => ({address: btcAddress('bcrt', n)}));
  await withTeller({dummy: {scanner: true, sender: true}, sky_exchanger: {wallet: ''}}, async teller => {
    await teller.startAll();
    const bound = [];
    for (let n = 0; n < CUSTOMERS; n++) bound.push(await teller.bind(skyAddress(n)));
    const paths = Array.from({length: DEPOSITS}, (_, n) => depositPath(bound[n % CUSTOMERS], n));

    const before = performance.now();
    const posted = postAll(teller.dummy, paths, CONNECTIONS).then(() => performance.now() - before);
    const txs = await confirmAll(teller, async () => await countDone(teller) === DEPOSITS);
    const seconds = (performance.now() - before) / 1000;
    await assertExact(teller);

    figure({what: 'deposits to done', value: DEPOSITS / seconds, unit: '/s', target: 1000,
      yard: {what: `SQLite rows, 100 in a commit / ${ROWS}`, value: disk.rows100 / ROWS, unit: '/s'},
      note: `${DEPOSITS} in ${seconds.toFixed(1)} s, handed in within ${(await posted / 1000).toFixed(1)} s, ${txs} transactions`});
  }, {pool});
}
