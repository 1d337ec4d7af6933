// The customer's page in a real browser, served by the real service.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {customer, btcPool} from '../e2e/lib/files.mjs';
import {until} from '../e2e/lib/wait.mjs';
import {World} from '../e2e/lib/world.mjs';
import {ADDRESS, SEVEN, bound, config, health, open, statuses} from './lib/answers.mjs';
import {Browser, answer} from './lib/browser.mjs';
import {qrText} from './lib/qr.mjs';

const SKY = customer(0);
const LANGUAGES = [['', 'en'], ['cn/', 'zh-Hans'], ['ru/', 'ru'], ['es/', 'es']];
const texts = JSON.parse(readFileSync('web/customer/texts.json', 'utf8'));
const word = (key, language = 0) => texts[key][language];

test('the customer\'s page', async suite => {
  const browser = await Browser.start(suite);
  const {teller} = await World.dummy(suite, {pool: btcPool(4), conf: {web: {static_dir: path.resolve('web/customer')}, teller: {max_bound_addrs: 5}}});
  await teller.startAll();
  const home = `${teller.public}/`;

  const visit = (what = {}, lang = '') => browser.visit(home + lang, what);
  const mocked = (more = {}, options = {}, lang = '') => visit({answers: {...open, ...more}, ...options}, lang);

  async function enter(v, sky = SKY) {
    await v.page.getByRole('textbox').first().fill(sky);
    await v.page.locator('.ends').waitFor();
  }

  const cards = v => v.page.locator('.card').evaluateAll(all => all.map(c => c.dataset.status));
  const seeCards = (v, ...wanted) => until(`cards ${wanted}`, async () => (await cards(v)).join() === wanted.join());

  const qr = async v => qrText(await v.page.locator('.qr').screenshot());

  await suite.test('a whole sale by clicking', async () => {
    const v = await visit({clock: true, permissions: ['clipboard-read', 'clipboard-write']});
    await v.see('Open');
    assert.match(await v.text('.figures'), /1 BTC = 500 SKY[^]*100 SKY/);
    await enter(v);
    await v.page.getByLabel('You pay').fill('0.01');
    await v.see('0.01 BTC buys 5 SKY.');
    await v.click('Get BTC address');
    await v.see('Send BTC to this address');
    const address = (await v.page.locator('.address').textContent());
    assert.ok(teller.pool.some(a => a.address === address), address);
    assert.equal(await qr(v), `bitcoin:${address}?amount=0.01`);
    assert.equal(await v.page.getByRole('link', {name: 'Open in wallet'}).getAttribute('href'), `bitcoin:${address}?amount=0.01`);
    await v.click('Copy address');
    await v.see('Copied');
    assert.equal(await v.page.evaluate(() => navigator.clipboard.readText()), address);
    await seeCards(v, 'waiting_deposit');
    await v.see('Waiting for your payment.');

    await teller.pretendDeposit({address, satoshi: 1000000, tx: 'by-clicking'});
    const [sent] = await until('the broadcast', async () => (all => all.length && all)(await teller.broadcasts()));
    assert.deepEqual(sent.outputs.find(o => o.address === SKY)?.coins, '5.000000', 'what the calculator said');
    await until('the next look', async () => { await v.pass(10); return (await cards(v)).join() === 'waiting_confirm'; });
    await v.see('Your SKY was sent. Waiting for the network to confirm it.');
    await teller.pretendConfirmation(sent.txid);
    await until('the last look', async () => { await v.pass(10); return (await cards(v)).join() === 'done'; });
    await v.see('Your SKY has arrived.');
    await v.isAccessible('after a sale');

    await v.page.reload();
    await seeCards(v, 'done');
    assert.equal(await v.page.locator('.address').textContent(), address, 'remembered');
    await v.end();
  });

  await suite.test('the service\'s words stand where the mistake was made', async () => {
    const v = await visit({broken: true, answers: {bind: answer('Address binding is disabled', {status: 403})}});
    await v.see('Open');
    await v.click('Get BTC address');
    await v.see('Please enter your SKY address first.');
    assert.equal(await v.page.evaluate(() => document.activeElement.id), 'sky', 'the field that is meant');
    await enter(v);
    await v.click('Get BTC address');
    await v.see('Address binding is disabled');
    assert.equal(await v.page.locator('.bind [role=alert]').textContent(), 'Address binding is disabled');
    await v.end();
  });

  await suite.test('no more addresses than the service gives: its words are shown', async () => {
    const sky = customer(7);
    for (let i = 0; i < 5; i++) await teller.bind(sky);
    const v = await visit({broken: true});
    await v.see('Open');
    await enter(v, sky);
    await v.click('Get BTC address');
    await v.see('The maximum number of addresses have been assigned to this SKY address');
    await v.end();
  });

  // --- states of the shop, each in light and dark -------------------------------------------------

  const market = {config: config({buy_method: 'passthrough', deposits: {...JSON.parse(config().body).deposits, eth: {enabled: false}}})};
  const scenes = {
    open: [{}, 'Open', 'counts after 12 confirmations'],
    closed: [{config: config({enabled: false})}, 'Closed for new purchases', word('about_closed')],
    'no coin': [{config: config({deposits: {}})}, 'Closed for new purchases', word('about_closed')],
    'sold out': [{health: health({sender: 'CreateTransaction not enough coins', coins: '0.000000'})}, 'Sold out for now', 'The service says: CreateTransaction not enough coins'],
    paused: [{health: health({sender: 'senderd does not answer', coins: '0.000000'})}, 'Payouts are paused', 'not known now'],
    degraded: [{health: health({status: 'DEGRADED', problems: [{component: 'btc_node', since: 1, text: 'x', customers: 'payments in BTC are noticed later; none is lost'}]})},
      'Open, with delays', 'payments in BTC are noticed later; none is lost'],
    unreachable: [{health: null, config: null}, 'Service unreachable', word('about_unreachable')],
    market: [market, 'Open', 'Market price at the time, bought on an exchange'],
    'late buying': [{...market, health: health({processor: 'exchange is down'})}, 'Open, with delays', word('about_buying')],
  };
  for (const [name, [answers, state, says]] of Object.entries(scenes)) {
    await suite.test(`the shop is ${name}`, async () => {
      await Promise.all(['light', 'dark'].map(async scheme => {
        const v = await mocked({status: statuses(['done']), ...answers}, {scheme, width: scheme === 'dark' ? 320 : 1024, broken: true});
        await v.page.locator('.badge', {hasText: state}).waitFor();
        await v.see(says);
        await v.isAccessible(`${name}, ${scheme}`);
        await v.fitsItsWidth(name);
        await enter(v);         // whatever the state, payments can be looked at
        await v.click('Show my payments');
        await seeCards(v, 'done');
        await v.end();
      }));
    });
  }

  await suite.test('a closed shop offers no purchase', async () => {
    const v = await mocked({config: config({enabled: false})});
    await v.see('Closed for new purchases');
    assert.equal(await v.page.getByRole('button', {name: /address$/}).count(), 0);
    assert.equal(await v.page.getByRole('radio').count(), 0);
    await v.end();
  });

  await suite.test('every status has its words, steps and an accessible card; unknown ones too', async () => {
    const entries = [...SEVEN.map(s => [s]), ['waiting_deposit', 'ETH', {confirmations: 3, confirmations_required: 12}], ['waiting_for_godot']];
    await Promise.all(LANGUAGES.map(async ([lang, tag], language) => {
      const v = await mocked({status: statuses(...entries)}, {scheme: 'dark', width: 320}, `${lang}#sky=${SKY}`);
      await until('all cards', async () => (await cards(v)).length === entries.length);
      for (const s of SEVEN) await v.see(word(`status_${s}`, language));
      await v.see('waiting_for_godot');
      assert.deepEqual(await v.page.locator('progress').evaluate(e => [e.value, e.max]), [3, 12]);
      await v.isAccessible(tag);
      await v.fitsItsWidth(tag);
      await v.end();
    }));
  });

  await suite.test('the steps say how far a payment is, without colour', async () => {
    const v = await mocked({status: statuses(['waiting_send'], ['waiting_passthrough'])}, {}, `#sky=${SKY}`);
    await seeCards(v, 'waiting_passthrough', 'waiting_send');
    const steps = v.page.locator('.card[data-status=waiting_send] .steps');
    assert.equal((await steps.textContent()).replace(/\s+/g, ' '), 'Waiting (done)Confirmed (done)Sending (now)SentDone');
    assert.equal(await steps.locator('[aria-current=step]').count(), 1);
    assert.match(await v.page.locator('.card[data-status=waiting_passthrough] .steps').textContent(), /Buying \(now\)/);
    await v.end();
  });

  // --- languages ----------------------------------------------------------------------------------

  for (const [language, [lang, tag]] of LANGUAGES.entries()) {
    await suite.test(`in ${tag}`, async () => {
      const v = await mocked({status: statuses(['done'])}, {width: 320}, lang);
      await v.page.locator('.badge', {hasText: word('state_open', language)}).waitFor();
      assert.equal(await v.page.evaluate(() => document.documentElement.lang), tag);
      assert.equal(await v.page.title(), word('title', language));
      assert.equal(await v.page.locator('nav [aria-current]').count(), 1);
      await enter(v);
      await v.page.locator('#pay').fill(['en', 'zh-Hans'].includes(tag) ? '1234.5' : '1234,5');
      const stock = {en: '12,345.5', 'zh-Hans': '12,345.5', ru: '12\u00a0345,5', es: '12.345,5'}[tag];
      assert.ok((await v.page.locator('.figures').textContent()).includes(stock), stock);
      assert.ok((await v.page.locator('#amount-word').textContent()).includes(stock), 'the amount above stock');
      await v.page.locator('#pay').fill('0');
      await v.page.locator('button[type=submit]').click();
      await v.page.locator('.deposit .address').waitFor();
      await seeCards(v, 'done');
      assert.doesNotMatch(await v.text('main'), /\b[a-z]+_[a-z_]+\b|[{}]/, 'a key or a value that was not filled in');
      await v.isAccessible(tag);
      await v.fitsItsWidth(tag);
      await v.end();
    });
  }

  await suite.test('Russian forms go with their numbers', async () => {
    for (const [n, form] of [[1, '1 подтверждения'], [2, '2 подтверждений'], [21, '21 подтверждения']]) {
      const deposits = {btc: {enabled: true, confirmations_required: n, fixed_exchange_rate: '1.000000', passthrough_minimum_volume: '0'}};
      const v = await mocked({config: config({deposits})}, {}, 'ru/');
      await v.see(`засчитывается после ${form}`);
      await v.end();
    }
  });

  await suite.test('the links between languages keep the address', async () => {
    const v = await mocked({status: statuses(['done'])}, {}, `#sky=${SKY}`);
    for (const [name, tag] of [['Русский', 'ru'], ['中文', 'zh-Hans'], ['Español', 'es'], ['English', 'en']]) {
      await v.click(name, 'link');
      await until(`the page in ${tag}`, async () => await v.page.evaluate(() => document.documentElement.lang) === tag);
      await seeCards(v, 'done');
      assert.equal(new URL(v.page.url()).hash, `#sky=${SKY}`);
    }
    await v.end();
  });

  // --- addresses and amounts ------------------------------------------------------------------------

  await suite.test('a mistyped address is not sent', async () => {
    const v = await mocked();
    await v.see('Open');
    const field = v.page.getByLabel(word('sky_label'));
    for (const [typed, says] of [[SKY.slice(0, -1) + (SKY.endsWith('a') ? 'b' : 'a'), word('sky_bad_checksum')], ['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', 'This is an address of Bitcoin'], [`${SKY}0`, word('sky_bad_character')]]) {
      await field.fill(typed);
      await v.see(says);
      assert.equal(await field.getAttribute('aria-invalid'), 'true');
      await v.click('Get BTC address');
    }
    await v.isAccessible('with a fault');
    assert.ok(!v.asked.includes('bind') && !v.asked.includes('status'));
    await field.fill(`  ${SKY}\n`);
    await v.page.locator('.ends').waitFor();
    assert.equal(await field.getAttribute('aria-invalid'), null);
    assert.equal((await v.page.locator('.ends b').allTextContents()).join('…'), `${SKY.slice(0, 6)}…${SKY.slice(-6)}`);
    await v.end();
  });

  await suite.test('the calculator, both ways, and what it refuses', async () => {
    const v = await mocked();
    await v.see('Open');
    const [pay, get] = [v.page.getByLabel('You pay'), v.page.getByLabel('You receive')];
    await get.fill('12.5');
    assert.equal(await pay.inputValue(), '0.025');
    await v.see('0.025 BTC buys 12.5 SKY.');
    for (const [typed, says] of [['0.000001', 'This buys nothing: the smallest payment is 0.000002 BTC.'], ['1,234', 'Please write a plain number like 0.05, with at most 8 decimal places.'],
      ['0.123456789', 'at most 8 decimal places'], ['999', 'More than is in stock now (12,345.5 SKY)']]) {
      await pay.fill(typed);
      await v.see(says);
    }
    for (const [typed, buys] of [['0,005', '2.5'], ['1,5', '750'], [',25', '125']]) {       // a telephone may have a comma only
      await pay.fill(typed);
      assert.equal(await get.inputValue(), buys, typed);
    }
    await v.click('ETH Ethereum', 'radio');
    assert.deepEqual([await pay.inputValue(), await get.inputValue()], ['', '']);
    await pay.fill('0.1');
    await v.see('0.1 ETH buys 3.333 SKY.');
    await enter(v);
    await v.click('Get ETH address');
    await v.see('Send ETH to this address');
    await v.see(word('warn_eth'));
    assert.equal(await qr(v), `ethereum:${ADDRESS.ETH}?amount=0.1&value=100000000000000000`);
    await v.click('BTC Bitcoin', 'radio');
    assert.equal(await v.page.locator('.deposit').isVisible(), false, 'an address for another coin is never shown');
    await v.end();
  });

  // --- waiting -------------------------------------------------------------------------------------

  await suite.test('too many requests: the page waits as long as it is told, and says so', async () => {
    let refused = 0;
    const limit = () => refused++ ? undefined : {status: 429, headers: {'content-type': 'text/plain; charset=utf-8', 'retry-after': '7'}, body: 'You have reached maximum request limit.'};
    const v = await mocked({bind: (r, {coin_type}) => limit() ?? bound(coin_type)}, {clock: true, broken: true});
    await v.see('Open');
    await enter(v);
    await v.click('Get BTC address');
    await v.see('You have reached maximum request limit.');
    await v.see('You can try again in 7 seconds.');
    await v.click('Get BTC address');
    await v.pass(6);
    await v.see('You can try again in 1 second.');
    assert.equal(v.asked.filter(p => p === 'bind').length, 1, 'not asked while it waits');
    await v.isAccessible('while waiting');
    await v.pass(1);
    await v.see('You can try again now.');
    await v.click('Get BTC address');
    await v.see('Send BTC to this address');
    await v.end();
  });

  await suite.test('too many looks: Retry-After is kept, then it goes on by itself', async () => {
    let looks = 0;
    const v = await mocked({status: () => ++looks === 1 ? {status: 429, headers: {'content-type': 'text/plain', 'retry-after': '30'}, body: 'You have reached maximum request limit.'} : statuses(['done'])},
      {clock: true, broken: true}, `#sky=${SKY}`);
    await v.see('You have reached maximum request limit.');
    await v.see('Next try in 30 seconds.');
    await v.click('Check now');
    await v.pass(28);
    assert.equal(looks, 1);
    await v.pass(3);
    await seeCards(v, 'done');
    assert.equal(await v.page.locator('.fault').isVisible(), false);
    await v.end();
  });

  await suite.test('every ten seconds while somebody looks, and growing waits while nothing answers', async () => {
    let down = false;
    const v = await mocked({status: () => down ? null : statuses(['waiting_send'])}, {clock: true, broken: true}, `#sky=${SKY}`);
    await seeCards(v, 'waiting_send');
    const looks = () => v.asked.filter(p => p === 'status').length;
    for (let n = 1; n <= 4; n++) {
      await v.see(`As of 12:00:${(n - 1) * 10 || '00'}`);
      assert.equal(looks(), n);
      if (n === 4) down = true;
      await v.pass(10);
    }
    await v.see(word('status_failed'));
    assert.deepEqual(await cards(v), ['waiting_send'], 'what was known is still shown');
    for (const [least, most] of [[5, 6], [10, 12], [20, 24], [40, 48]]) {
      const waitS = await until(`a wait of ${least} to ${most} seconds`, async () => {
        const s = Number(/Next try in (\d+) seconds/.exec(await v.text('.wait'))?.[1]);
        return s >= least && s <= most && s;
      });
      const before = looks();
      await v.pass(waitS);
      assert.equal(looks(), before + 1);
    }
    down = false;
    await v.click('Check now');
    await until('the fault to go', async () => !await v.page.locator('.fault').isVisible());
    await v.end();
  });

  await suite.test('once a minute while nobody looks, and at once when somebody does again', async () => {
    const v = await mocked({status: statuses(['waiting_send'])}, {clock: true}, `#sky=${SKY}`);
    await seeCards(v, 'waiting_send');
    const looks = () => v.asked.filter(p => p === 'status').length;
    const isHidden = hidden => v.page.evaluate(h => {
      Object.defineProperty(document, 'hidden', {value: h, configurable: true});
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
    await isHidden(true);
    await v.pass(55);
    assert.equal(looks(), 1);
    await v.pass(5);
    await v.see(/As of 12:01:00/);
    await v.pass(20);
    assert.equal(looks(), 2);
    await isHidden(false);
    await v.page.clock.runFor(1);
    await v.answered();
    assert.equal(looks(), 3);
    await v.end();
  });

  await suite.test('the service comes back by itself', async () => {
    let down = true;
    const gone = given => () => down ? null : given;
    const v = await mocked({config: gone(open.config), health: gone(open.health)}, {clock: true, broken: true});
    await v.see('Service unreachable');
    await v.see(/Next try in \d seconds/);
    down = false;
    await v.pass(7);
    await v.page.locator('.badge', {hasText: 'Open'}).waitFor();
    await v.end();
  });

  await suite.test('an answer that is no answer of the service is none', async () => {
    const page = {status: 200, headers: {'content-type': 'text/html'}, body: '<h1>Log in to this network</h1>'};
    const v = await mocked({config: page, health: page}, {broken: true});
    await v.see('Service unreachable');
    await v.end();
    const w = await mocked({bind: {status: 502, headers: {'content-type': 'text/html'}, body: '<h1>Bad Gateway</h1>'}}, {broken: true});
    await w.see('Open');
    await enter(w);
    await w.click('Get BTC address');
    await w.see('HTTP 502');
    w.answers.bind = null;
    await w.click('Get BTC address');
    await w.see(word('no_answer_bind'));
    // Nothing that names no address, or one of another coin, is shown or remembered.
    for (const odd of [null, {}, [], {deposit_address: 5, coin_type: 'BTC'}, {deposit_address: '', coin_type: 'BTC'}, {deposit_address: ADDRESS.ETH, coin_type: 'ETH'}]) {
      w.answers.bind = answer(odd);
      await w.click('Get BTC address');
      await w.see(word('no_answer_bind'));
    }
    await w.page.getByRole('button', {name: 'Get BTC address', exact: true}).waitFor();
    assert.equal(await w.page.evaluate(() => localStorage.getItem('teller.orders')), null);
    await w.end();
    const x = await mocked({config: answer(null), health: answer(null), status: answer(null)}, {broken: true});
    await x.see(word('state_closed'));
    await x.end();
  });

  // --- keyboard ------------------------------------------------------------------------------------

  await suite.test('a sale with the keyboard alone', async () => {
    const v = await mocked({status: statuses(['waiting_deposit'])}, {permissions: ['clipboard-write']});
    await v.see('Open');
    const {keyboard} = v.page;
    const focused = () => v.page.evaluate(() => { const e = document.activeElement; return e.id || e.value || e.textContent.trim(); });
    const tabTo = async wanted => {
      for (let i = 0; i < 12; i++) {
        await keyboard.press('Tab');
        const ring = await v.page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
        assert.notEqual(ring, 'none', 'what has the focus is seen to have it');
        if (await focused() === wanted) return;
      }
      assert.fail(`never came to ${wanted}`);
    };
    await tabTo('BTC');
    await keyboard.press('ArrowRight');
    assert.equal(await focused(), 'ETH');
    await keyboard.press('ArrowLeft');
    await tabTo('sky');
    await keyboard.type(SKY);
    await tabTo('pay');
    await keyboard.type('0.5');
    await keyboard.press('Enter');
    await v.see('Send BTC to this address');
    await until('the focus to follow', async () => await focused() === 'Send BTC to this address');
    await tabTo('Copy address');
    await keyboard.press('Enter');
    await v.see('Copied');
    await tabTo('Open in wallet');
    await tabTo('Check now');
    await tabTo('Save as file');
    await tabTo('Forget everything');
    await keyboard.press('Enter');
    assert.equal(await focused(), 'Keep', 'the harmless answer comes first');
    await keyboard.press('Enter');
    assert.equal(await focused(), 'Forget everything');
    await v.end();
  });

  // --- memory --------------------------------------------------------------------------------------

  await suite.test('what is kept can be taken away and forgotten', async () => {
    const v = await mocked({status: statuses(['waiting_deposit'])});
    await v.see('Open');
    await enter(v);
    await v.click('Get BTC address');
    await v.see('Kept in this browser');
    const {orders} = JSON.parse((await v.saved(() => v.click('Save as file'))).bytes);
    assert.deepEqual(orders.map(o => [o.sky, o.deposits.map(d => [d.coin, d.address])]), [[SKY, [['BTC', ADDRESS.BTC]]]]);
    await v.click('Forget everything');
    await v.isAccessible('asking');
    await v.click('Yes, forget');
    await v.see('Everything is forgotten.');
    assert.equal(await v.page.evaluate(() => localStorage.length), 0);
    assert.equal(await v.page.locator('.deposit').isVisible(), false);
    await v.page.reload();
    await v.see('Open');
    assert.equal(await v.page.locator('.memory').isVisible(), false);
    await v.end();
  });

  await suite.test('a browser that keeps nothing, and a memory that is broken, do no harm', async () => {
    const refuses = () => { Storage.prototype.setItem = () => { throw new Error('full'); }; };
    const v = await mocked({status: statuses(['waiting_deposit'])}, {init: refuses});
    await v.see('Open');
    await enter(v);
    await v.click('Get BTC address');
    await v.see(word('memory_not_kept'));
    await v.end();
    for (const junk of ['{', '7', '[{"sky":1}]', '[null]', `[{"sky":"${SKY}","deposits":[{}]}]`]) {
      const w = await mocked({}, {init: `location.protocol === 'http:' && localStorage.setItem('teller.orders', ${JSON.stringify(junk)})`});
      await w.see('Open');
      await w.end();
    }
  });

  await suite.test('where the clipboard is refused, copying works by selection', async () => {
    const v = await mocked({status: statuses(['waiting_deposit'])}, {init: () => Object.defineProperty(navigator, 'clipboard', {value: undefined})});
    await v.see('Open');
    await enter(v);
    await v.click('Get BTC address');
    await v.click('Copy address');
    await v.see('Copied');
    await v.end();
  });

  await suite.test('a link with #sky= shows its payments; a bad one does no harm', async () => {
    const v = await mocked({status: statuses(['waiting_send'])}, {}, `#sky=${SKY}`);
    await seeCards(v, 'waiting_send');
    assert.equal(await v.page.locator('.ends').isVisible(), true);
    await v.end();
    const w = await mocked({}, {}, '#sky=<img src=x onerror=alert(1)>');
    await w.see(word('sky_bad_character'));
    assert.ok(!w.asked.includes('status'));
    await w.end();
  });

  // Firefox's driver needs scripts itself: `make browsers` has no such test.
  if (!browser.isFirefox) await suite.test('without JavaScript the page names the API', async () => {
    const v = await visit({javaScriptEnabled: false, ignored: /was preloaded using link preload but not used/});
    const calls = v.page.locator('noscript code');
    await calls.first().waitFor();
    assert.deepEqual((await calls.allInnerTexts()).filter(c => c.includes('/api/')), ['POST /api/bind', 'GET /api/status?skyaddr=…', 'GET /api/config', 'GET /api/health']);
    assert.equal(await v.page.locator('.script-only').isVisible(), false);
    await v.end();
  });
});
