// The customer's page in WebKit, which every browser on an iPhone is made of: Debian's build for WPE (2.38, of
// 2022), so that nothing is used that a telephone of that year does not know.  What is asked of the page in all its
// states is customer.test.mjs's; here it is bought and read once.  `TELLER_WEBKIT=webkitgtk` takes the newer build.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {btcPool, customer} from '../e2e/lib/files.mjs';
import {until} from '../e2e/lib/wait.mjs';
import {World} from '../e2e/lib/world.mjs';
import {qrText} from './lib/qr.mjs';
import {WebDriver} from './lib/webdriver.mjs';
import {pageWithWitness} from './lib/witness.mjs';

const SKY = customer(0), OTHER = customer(1);
const LANGUAGES = [['', 'en'], ['cn/', 'zh-Hans'], ['ru/', 'ru'], ['es/', 'es']];
const SLOW = {deadlineMs: 60000};
const texts = JSON.parse(readFileSync('web/customer/texts.json', 'utf8'));

test('the customer\'s page in WebKit', async suite => {
  const pages = pageWithWitness(suite);
  const {teller} = await World.dummy(suite, {pool: btcPool(4), conf: {web: {static_dir: pages}, teller: {max_bound_addrs: 1}}});
  await teller.startAll();
  const w = await WebDriver.start(suite, process.env.TELLER_WEBKIT || 'wpe');
  const home = `${teller.public}/`;

  const text = css => w.run(c => document.querySelector(c)?.textContent, css);
  const isNow = status => until(`the service to say ${status}`, async () => (await teller.statuses(SKY))[0]?.status === status, SLOW);
  // Once: each look makes the page forget the one before.
  const checkNow = () => w.click('.progress .buttons button');
  const isQuiet = async () => assert.deepEqual(await w.run(() => window.faults), []);

  await suite.test('a whole sale', async () => {
    await w.visit(home);
    await w.see('.badge', 'Open');
    await w.see('.figures', '1 BTC = 500 SKY');
    await w.type('#sky', SKY);
    await w.see('.ends', SKY.slice(-6));
    await w.type('#pay', '0,01');
    await w.see('#amount-word', '0.01 BTC buys 5 SKY.');
    await w.click('button[type=submit]');
    await w.see('.deposit', 'Send BTC to this address');
    const address = await text('.address');
    assert.ok(teller.pool.some(a => a.address === address), address);
    const code = await until('the QR code to be painted', async () => qrText(await w.picture('.qr')), SLOW);
    assert.equal(code, `bitcoin:${address}?amount=0.01`);
    await w.click('.pay button');
    await w.see('.pay .said', 'Copied');
    await w.see('.card', 'Waiting for your payment.');

    await teller.pretendDeposit({address, satoshi: 1000000, tx: 'in-webkit'});
    const [sent] = await until('the broadcast', async () => (all => all.length && all)(await teller.broadcasts()), SLOW);
    assert.equal(sent.outputs.find(o => o.address === SKY)?.coins, '5.000000', 'what the calculator said');
    await isNow('waiting_confirm');
    await checkNow();
    await w.see('.card', 'Your SKY was sent. Waiting for the network to confirm it.');
    await teller.pretendConfirmation(sent.txid);
    await isNow('done');
    await checkNow();
    await w.see('.card', 'Your SKY has arrived.');
    await isQuiet();

    await w.reload();
    await w.see('.card', 'Your SKY has arrived.');
    assert.equal(await text('.address'), address, 'remembered');
    await isQuiet();
  });

  await suite.test('a mistyped address, and the service\'s own words', async () => {
    await w.clear('#sky');
    await w.type('#sky', SKY.slice(0, -1) + (SKY.endsWith('a') ? 'b' : 'a'));
    await w.see('#sky-word', texts.sky_bad_checksum[0]);
    await w.clear('#sky');
    await teller.bind(OTHER);
    await w.type('#sky', OTHER);
    await w.see('.ends', OTHER.slice(-6));
    await w.click('button[type=submit]');
    await w.see('.bind [role=alert]', 'The maximum number of addresses have been assigned to this SKY address');
    await isQuiet();
  });

  await suite.test('each language', async () => {
    for (const [language, [lang, tag]] of LANGUAGES.entries()) {
      await w.visit(`${home}${lang}#sky=${SKY}`);
      await w.see('.badge', texts.state_open[language]);
      await w.see('.card', texts.status_done[language]);
      assert.equal(await w.run(() => document.documentElement.lang), tag);
      const words = await text('main');
      assert.doesNotMatch(words, /\b[a-z]+_[a-z_]+\b|[{}]/, 'a key or a value that was not filled in');
      assert.doesNotMatch(words, /undefined|NaN|Invalid/, tag);
      await isQuiet();
    }
  });
});
