// The customer's page on a telephone, in Chromium: a small screen of many pixels that is touched, a network that
// comes and goes, a browser that keeps nothing, one that is too old.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {btcPool, customer} from '../e2e/lib/files.mjs';
import {until} from '../e2e/lib/wait.mjs';
import {World} from '../e2e/lib/world.mjs';
import {ADDRESS, bound, open, statuses} from './lib/answers.mjs';
import {Browser} from './lib/browser.mjs';
import {qrText} from './lib/qr.mjs';

const SKY = customer(0);
const PHONE = {width: 360, height: 640, scale: 3, hasTouch: true, isMobile: true};
const texts = JSON.parse(readFileSync('web/customer/texts.json', 'utf8'));
const word = key => texts[key][0];

test('the customer\'s page on a telephone', async suite => {
  const browser = await Browser.start(suite);
  const {teller} = await World.dummy(suite, {pool: btcPool(4), conf: {web: {static_dir: path.resolve('web/customer')}, teller: {max_bound_addrs: 5}}});
  await teller.startAll();
  const home = `${teller.public}/`;

  const visit = (more = {}, where = '') => browser.visit(home + where, {...PHONE, ...more});
  const mocked = (answers = {}, more = {}, where = '') => visit({answers: {...open, status: statuses(['waiting_deposit']), ...answers}, ...more}, where);
  const isOpen = v => v.page.locator('.badge', {hasText: 'Open'}).waitFor();
  const tap = (v, name) => v.page.getByRole('button', {name, exact: true}).tap();
  const looks = v => v.asked.filter(p => p === 'status').length;

  async function enter(v, sky = SKY) {
    await v.page.locator('#sky').fill(sky);
    await v.page.locator('.ends').waitFor();
  }

  await suite.test('a purchase by touch', async () => {
    const v = await visit({permissions: []});
    await isOpen(v);
    await enter(v);
    await v.page.locator('#pay').fill('0,01');
    await tap(v, 'Get BTC address');
    await v.see('Send BTC to this address');
    const address = await v.page.locator('.address').textContent();
    assert.equal(qrText(await v.page.locator('.qr').screenshot()), `bitcoin:${address}?amount=0.01`);
    await tap(v, 'Copy address');
    await v.see('Copied');
    await v.fitsItsWidth('a telephone');
    await v.isAccessible('a telephone');
    const small = await v.page.evaluate(() => [...document.querySelectorAll('button, .button, .coin, input:not([type=radio])')]
      .filter(e => e.offsetParent && e.getBoundingClientRect().height < 44).map(e => e.textContent || e.id));
    assert.deepEqual(small, [], 'large enough for a thumb');
    const zooming = await v.page.evaluate(() => [...document.querySelectorAll('input')].filter(e => parseFloat(getComputedStyle(e).fontSize) < 16 && e.type !== 'radio').map(e => e.id));
    assert.deepEqual(zooming, [], 'an iPhone makes a page larger when less than 16 pixels are typed into');
    await v.end();
  });

  await suite.test('an address that takes half a minute to come is waited for', async () => {
    let give;
    const given = new Promise(yes => { give = yes; });
    const v = await mocked({bind: () => given}, {clock: true});
    await isOpen(v);
    await enter(v);
    await tap(v, 'Get BTC address');
    await v.see(word('getting_address'));
    await until('the question', () => v.asked.includes('bind'));
    await v.page.clock.runFor(30000);
    await v.page.locator('button[type=submit]').evaluate(e => e.click());
    give(bound('BTC'));
    await v.see('Send BTC to this address');
    assert.equal(v.asked.filter(p => p === 'bind').length, 1);
    await v.end();
  });

  await suite.test('no answer at all: it says so, and what to do', async () => {
    const v = await mocked({bind: () => new Promise(() => {})}, {clock: true, broken: true});
    await isOpen(v);
    await enter(v);
    await tap(v, 'Get BTC address');
    await until('the question', () => v.asked.includes('bind'));
    await v.page.clock.runFor(61000);
    await v.see(word('no_answer_bind'));
    await v.page.getByRole('button', {name: 'Get BTC address', exact: true}).waitFor();
    await v.end();
  });

  await suite.test('out of reach of the network, and back', async () => {
    const v = await mocked({}, {clock: true, broken: true}, `#sky=${SKY}`);
    await v.see(word('status_waiting_deposit'));
    for (const path of ['status', 'config', 'health']) v.answers[path] = null;
    await v.pass(11);
    await v.see(word('status_failed'));
    await v.page.locator('.wait', {hasText: /Next try in \d+ second/}).waitFor();
    Object.assign(v.answers, {...open, status: statuses(['waiting_send'])});
    await v.page.evaluate(() => dispatchEvent(new Event('online')));
    await v.see(word('status_waiting_send'));
    assert.equal(await v.page.locator('.fault').isVisible(), false);
    await v.end();
  });

  await suite.test('taken out of the pocket after failures, it asks at once', async () => {
    const v = await mocked({status: null}, {clock: true, broken: true}, `#sky=${SKY}`);
    await v.see(word('status_failed'));
    const isHidden = hidden => v.page.evaluate(h => {
      Object.defineProperty(document, 'hidden', {value: h, configurable: true});
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
    const before = looks(v);
    await isHidden(true);
    v.answers.status = statuses(['done']);
    assert.equal(looks(v), before, 'not while nobody looks');
    await isHidden(false);
    await v.see(word('status_done'));
    await v.end();
  });

  await suite.test('gone back to, it knows what another page bought meanwhile', async () => {
    const v = await mocked();
    await isOpen(v);
    await enter(v);
    assert.equal(await v.page.locator('.deposit').isVisible(), false);
    await v.page.evaluate(([sky, address]) => {
      localStorage.setItem('teller.orders', JSON.stringify([{sky, deposits: [{coin: 'BTC', address, at: 1767225600}]}]));
      dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}));
    }, [SKY, ADDRESS.BTC]);
    await v.see('Send BTC to this address');
    await v.end();
  });

  await suite.test('where nothing may be kept (private, cookies blocked), one can buy and is told', async () => {
    const forbidden = () => Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('denied', 'SecurityError'); }});
    const v = await mocked({}, {init: forbidden});
    await isOpen(v);
    await enter(v);
    await tap(v, 'Get BTC address');
    await v.see(word('memory_not_kept'));
    await v.page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true})));
    assert.equal(await v.page.locator('.address').textContent(), ADDRESS.BTC, 'not lost by going back');
    const {orders} = JSON.parse((await v.saved(() => tap(v, 'Save as file'))).bytes);
    assert.equal(orders[0].deposits[0].address, ADDRESS.BTC);
    await v.end();
  });

  await suite.test('where copying is forbidden altogether, it says to do it by hand, and a touch marks all of it', async () => {
    const forbidden = () => { document.execCommand = () => false; navigator.clipboard.writeText = () => Promise.reject(new Error('denied')); };
    const v = await mocked({}, {init: `(${forbidden})()`});
    await isOpen(v);
    await enter(v);
    await tap(v, 'Get BTC address');
    await tap(v, 'Copy address');
    await v.see(word('copy_failed'));
    assert.equal(await v.page.locator('.address').evaluate(e => getComputedStyle(e).userSelect), 'all');
    await v.end();
  });

  // --- where the page cannot come to life ------------------------------------------------------------

  // The style sheet shows it after a while; that while is over at once here.
  const late = v => v.page.evaluate(() => { for (const a of document.getAnimations()) if (a.animationName === 'late') a.finish(); });

  await suite.test('an old browser, or a file that did not come, is told what to do', async () => {
    const unknown = {contentType: 'text/javascript', body: 'this browser ( does not know'};
    for (const spoil of [r => r.fulfill(unknown), r => r.abort()]) {
      const v = await visit({before: page => page.route('**/js/poller.js', spoil)});
      const words = v.page.locator('.late');
      assert.equal(await words.evaluate(e => getComputedStyle(e).animationDelay), '10s', 'not while it may still come');
      await late(v);
      await words.waitFor();
      assert.match(await words.innerText(), /load the page again, or use a newer browser/);
      await v.fitsItsWidth('never came');
      await v.page.context().close();
    }
  });

  await suite.test('with scripts switched off it says to switch them on', async () => {
    const v = await visit({javaScriptEnabled: false, ignored: /preload/});
    const words = v.page.locator('noscript p');
    await words.waitFor();
    assert.match(await words.innerText(), /^This page needs JavaScript: please switch it on/);
    assert.equal(await v.page.locator('.script-only').isVisible(), false);
    await v.page.context().close();
  });
});
