// The operator's page in a real browser, on the real service's admin listener.
import assert from 'node:assert/strict';
import {readFileSync, readdirSync, statSync} from 'node:fs';
import {test} from 'node:test';
import {fillDays, lastDays} from '../../web/operator/js/days.js';
import {ago, amount, coins, depositValue, units} from '../../web/operator/js/format.js';
import {searchFor} from '../../web/operator/js/search.js';
import {btcPool, customer} from '../e2e/lib/files.mjs';
import {until} from '../e2e/lib/wait.mjs';
import {World} from '../e2e/lib/world.mjs';
import {Browser, answer} from './lib/browser.mjs';

const TX = n => (0xabc000 + n).toString(16).padStart(64, '0');
const json = async request => (await request).json();

// What both pages use is one file, not two that are alike.
test('no file is there twice', () => {
  const seen = new Map();
  for (const name of readdirSync('web', {recursive: true})) {
    const file = `web/${name}`;
    if (!statSync(file).isFile()) continue;
    const text = readFileSync(file, 'latin1');
    assert.equal(seen.get(text), undefined, `${file} is ${seen.get(text)}`);
    seen.set(text, file);
  }
});

test('amounts are written exactly', () => {
  assert.deepEqual([amount('1234567.500000'), amount('0.000000'), amount('12')], ['1,234,567.5', '0', '12']);
  assert.equal(coins(9007199254740993n, 6), '9,007,199,254.740993');
  assert.equal(depositValue({coin_type: 'ETH', deposit_value: 1, deposit_value_wei: '1000000000000000001'}), '1.000000000000000001');
  assert.deepEqual([units('1.5'), units('0.00000001', 'BTC'), units('3')], [1500000n, 1n, 3000000n]);
  assert.equal(ago(1000, 1000 + 7200), '2 hours ago');
});

test('what is typed into the search', () => {
  const rows = [['', {}], ['17', {seq: '17'}], ['#17', {seq: '17'}], [TX(1), {txid: TX(1)}], [`${TX(1)}:0`, {deposit_id: `${TX(1)}:0`}],
    ['a-transaction:3', {deposit_id: 'a-transaction:3'}], [` ${customer(1)} `, {address: customer(1)}],
    ['0x52908400098527886E0F7030069857D2E4169EE7', {deposit_address: '0x52908400098527886e0f7030069857d2e4169ee7'}]];
  for (const [typed, query] of rows) assert.deepEqual(searchFor(typed), query, typed);
});

test('every day has a bar, also without deposits', () => {
  const names = lastDays(3, Date.UTC(2026, 2, 1, 0, 30));
  assert.deepEqual(names, ['2026-02-27', '2026-02-28', '2026-03-01']);
  assert.deepEqual(fillDays([{period: '2026-02-28', deposits: 4}], names).map(d => d.deposits), [0, 4, 0]);
});

test('the operator\'s page', async suite => {
  const browser = await Browser.start(suite);
  const {teller} = await World.dummy(suite, {pool: btcPool(4)});
  await teller.startAll();
  const home = `${teller.admin}/`;
  const visit = (what = {}) => browser.visit(home, what);
  const ready = v => v.page.locator('.deposits .word', {hasText: /deposit/}).waitFor();
  const numbers = v => v.page.locator('.deposits tbody th').allInnerTexts();

  await suite.test('what it shares with the customers\' page is lent to it, and nothing else of that', async () => {
    for (const name of ['js/dom.js', 'icon.svg']) {
      const r = await fetch(`${home}${name}`);
      assert.deepEqual([r.status, await r.text()], [200, readFileSync(`web/customer/${name}`, 'utf8')], name);
    }
    for (const name of ['js/qr.js', 'texts.json', 'cn/', 'js/../js/sha256.js']) assert.equal((await fetch(`${home}${name}`)).status, 404, name);
  });

  await suite.test('a service that has sold nothing needs nobody', async () => {
    const v = await visit();
    await v.see('Nothing needs you.');
    await v.see('No deposits.');
    await v.see('nothing was sent in 7 days');
    await v.isAccessible('empty');
    await v.end();
  });

  // Three small deposits, of which the first is done, and a large one that the wallet cannot pay.
  const addresses = [];
  for (const n of [0, 1, 2]) {
    addresses.push(await teller.bind(customer(n)));
    await teller.pretendDeposit({address: addresses[n], satoshi: 1000000 + n, tx: TX(n), height: 100 + n});
  }
  await until('three payouts', async () => (await teller.deposits('?status=waiting_confirm')).length === 3);
  const first = (await teller.deposits())[0];
  await teller.pretendConfirmation(first.txid);
  await until('the first to be done', async () => (await teller.deposits('?status=done')).length > 0);
  await teller.pretendDeposit({address: addresses[2], satoshi: 100000000, tx: TX(9), height: 109});
  await until('the wallet to be short', async () => (await teller.health()).exchange.sender_error !== '');

  await suite.test('what needs attention comes first, and all is there', async () => {
    await Promise.all([['light', 1440], ['dark', 768], ['light', 320], ['dark', 320]].map(async ([scheme, width]) => {
      const v = await visit({scheme, width});
      await ready(v);
      assert.equal(await v.page.locator('section:visible h2').first().innerText(), 'Needs attention');
      await v.see('CreateTransaction not enough coins; payouts wait');
      await v.see('payouts wait; each is made once when the wallet is filled');
      const figures = await v.text('.figures');
      for (const says of [/Hot wallet\s+8[\d.]+ SKY/, /short of 4[\d.]+ SKY/, /1 waiting/, /BTC addresses left\s+\d+/, /GiB free/]) assert.match(figures, says);
      const tables = await v.page.locator('table').allInnerTexts();
      for (const name of ['exchangerd', 'scannerd', 'senderd', 'apid']) assert.ok(tables.join().includes(name), name);
      assert.equal(await v.page.locator('.charts svg').count(), 3);
      assert.deepEqual(await numbers(v), ['#4', '#3', '#2', '#1']);
      await v.isAccessible(`${scheme} ${width}`);
      await v.fitsItsWidth(`${scheme} ${width}`);
      await v.end();
    }));
  });

  await suite.test('the chart and its table have the day\'s figures', async () => {
    const v = await visit();
    await ready(v);
    await v.page.getByText('As a table').click();
    // Two of them when a day has ended meanwhile.
    const {periods} = await json(fetch(`${teller.admin}/api/accounting?period=day`));
    assert.equal(periods.reduce((sum, p) => sum + p.deposits, 0), 4);
    const rows = (await v.page.locator('details tbody tr').allInnerTexts()).map(row => row.split('\t').slice(0, 4));
    for (const p of periods)
      assert.deepEqual(rows.find(([day]) => day === p.period), [p.period, String(p.deposits), amount(p.sent), amount(p.received.BTC)]);
    assert.match(await v.page.locator('.charts rect.bar title').last().textContent(), /BTC|SKY|4/);
    await v.end();
  });

  await suite.test('by state, and by what one has of a deposit', async () => {
    const v = await visit({broken: true});
    await ready(v);
    const seen = (...wanted) => until(`${wanted}`, async () => (await numbers(v)).join() === wanted.join());
    for (const [state, ...wanted] of [['done', ...(await teller.deposits('?status=done')).map(d => `#${d.seq}`).reverse()], ['to be sent', '#4'], ['being bought'], ['All', '#4', '#3', '#2', '#1']]) {
      await v.page.getByLabel('State').selectOption({label: state});
      await seen(...wanted);
    }
    for (const [typed, ...wanted] of [[customer(1), '#2'], [addresses[2], '#4', '#3'], [TX(0), '#1'], [first.txid, ...(await teller.deposits(`?txid=${first.txid}`)).map(d => `#${d.seq}`).reverse()], ['', '#4', '#3', '#2', '#1']]) {
      await v.page.getByRole('searchbox').fill(typed);
      await v.click('Search');
      await seen(...wanted);
    }
    await v.end();
  });

  await suite.test('what the service refuses to search for is said in its words', async () => {
    const v = await visit({broken: true});
    await ready(v);
    await v.page.getByRole('searchbox').fill('nonsense');
    await v.click('Search');
    await v.see('Invalid deposit_address');
    await v.page.getByRole('searchbox').fill('4711');
    await v.click('Search');
    await v.see('There is no such deposit');
    await v.end();
  });

  await suite.test('one deposit: amounts, both transactions, every change and why; by keyboard', async () => {
    const v = await visit({scheme: 'dark'});
    await ready(v);
    await v.page.getByRole('button', {name: 'Deposit 1', exact: true}).focus();
    await v.page.keyboard.press('Enter');
    await v.page.getByRole('dialog').waitFor();
    const text = await v.text('dialog');
    for (const says of ['Deposit #1', '0.01 BTC', '500 SKY for a coin', TX(0), first.txid, customer(0), addresses[0], 'recorded', 'bound for direct sale']) assert.ok(text.includes(says), says);
    assert.ok(await v.page.locator('dialog tbody tr').count() >= 3, 'its history');
    await v.isAccessible('a deposit');
    await v.page.keyboard.press('Escape');
    await until('the focus to be where one was', () => v.page.evaluate(() => document.activeElement.getAttribute('aria-label') === 'Deposit 1'));
    await v.end();
  });

  await suite.test('files: deposits and accounting as CSV, a backup', async () => {
    const v = await visit();
    await ready(v);
    const saved = name => v.saved(() => v.click(name));
    const deposits = await saved('Save as CSV');
    assert.equal(deposits.name, 'deposits.csv');
    assert.equal(deposits.bytes.toString().trim().split('\n').length, 5, 'a header and four deposits');
    assert.match((await saved('Accounting, day by day (CSV)')).bytes.toString(), /^period,deposits,/);
    const backup = await saved('Backup of the database');
    assert.match(backup.name, /^teller-\d+\.db$/);
    assert.equal(backup.bytes.subarray(0, 15).toString(), 'SQLite format 3');
    await v.end();
  });

  await suite.test('deposits with an error are one click away', async () => {
    const one = JSON.parse(JSON.stringify(first));
    Object.assign(one, {seq: 77, error: 'no rate for BTC', status: 'waiting_decide'});
    const counts = await json(fetch(`${teller.admin}/api/deposits/counts`));
    counts.errored = 1;
    const v = await visit({answers: {'deposits/counts': answer(counts), 'deposits/errored': answer({deposits: [one]})}});
    await ready(v);
    await v.click('Show them');
    await v.see('no rate for BTC');
    assert.deepEqual(await numbers(v), ['#77']);
    await v.isAccessible('an error');
    await v.end();
  });

  await suite.test('of many deposits the newest come first, page by page, with what there is of each state', async () => {
    const many = 120, asked = [];
    const page = request => {
      const {searchParams: q} = new URL(request.url());
      if (q.get('limit') === '1') return undefined;
      asked.push(q);
      const from = q.has('after') ? Number(q.get('after')) - 1 : many;
      const deposits = Array.from({length: Math.min(from, Number(q.get('limit')))}, (_, i) => ({...first, seq: from - i}));
      const last = deposits.at(-1).seq;
      return answer({deposits, ...last > 1 && {next: last}});
    };
    const counts = await json(fetch(`${teller.admin}/api/deposits/counts`));
    Object.assign(counts, {deposits: many, errored: 0});
    counts.by_status.done.deposits = many - 3;
    const v = await visit({answers: {'deposits/counts': answer(counts), deposits: page}});
    await ready(v);
    await v.see('The newest 50 deposits; there are more.');      // of seven days: nobody has counted these
    const all = v.page.getByRole('group', {name: 'How many there are'});
    assert.deepEqual(await all.getByRole('button').allInnerTexts(), ['All: 120', 'to be sent: 1', 'sent, unconfirmed: 2', 'done: 117']);
    await v.click('All: 120');
    await v.see('The newest 50 of 120 deposits.');
    await v.isAccessible('many deposits');
    for (const [shown, says] of [[100, 'The newest 100 of 120 deposits.'], [120, '120 deposits.']]) {
      await v.click('Show more');
      await v.page.getByText(says, {exact: true}).waitFor();
      assert.deepEqual(await numbers(v), Array.from({length: shown}, (_, i) => `#${many - i}`));
    }
    assert.equal(await v.page.getByRole('button', {name: 'Show more'}).isVisible(), false);
    assert.ok(asked.every(q => q.get('order') === 'desc' && q.get('limit') === '50'), asked.join());
    assert.deepEqual(asked.map(q => q.get('after')), [null, null, '71', '21']);
    await v.click('done: 117');
    await v.see('The newest 50 of 117 deposits.');
    assert.equal(asked.at(-1).get('status'), 'done');
    await v.end();
  });

  await suite.test('a daemon that is down stands first; heights and lag', async () => {
    const {daemons} = await json(fetch(`${teller.admin}/api/daemons`));
    const changed = daemons.map(d => d.name === 'exchangerd' ? {name: d.name, up: false, problems: [{what: 'down', since: 1, text: 'no answer', component: 'exchangerd', customers: 'x'}], detail: null}
      : d.name === 'scannerd' ? {...d, detail: {chains: [{coin: 'BTC', height: 899990, node_tip: 900000, state: 'scanning'}]}} : d);
    const v = await visit({answers: {daemons: answer({daemons: changed})}});
    await ready(v);
    assert.match(await v.page.locator('.matters h3').first().innerText(), /exchangerd: down/i);
    assert.match(await v.text('table >> nth=0'), /899,990\s+900,000\s+10 behind/);
    await v.isAccessible('down');
    await v.end();
  });

  await suite.test('a token is asked for, kept in the tab, and forgotten', async () => {
    const needsToken = request => request.headers().authorization === 'Bearer right' ? undefined
      : answer(request.headers().authorization ? 'Invalid token' : 'A token is needed', {status: 401});
    const paths = ['daemons', 'health', 'accounting', 'deposits', 'deposits/counts', 'deposit'];
    const v = await visit({broken: true, answers: Object.fromEntries(paths.map(p => [p, needsToken]))});
    const field = v.page.getByLabel('Bearer token');
    await field.waitFor();
    assert.equal(await v.page.evaluate(() => document.activeElement.id), 'token');
    assert.equal(await v.page.locator('.deposits').isVisible(), false);
    await v.isAccessible('asking for a token');
    await field.fill('wrong');
    await v.click('Use it');
    await v.see('This token is not known.');
    await field.fill('right');
    await v.page.keyboard.press('Enter');
    await ready(v);
    assert.equal(await field.isVisible(), false);
    assert.deepEqual(await v.page.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 1]);
    await v.page.reload();
    await ready(v);
    await v.click('Forget token');
    await field.waitFor();
    assert.equal(await v.page.evaluate(() => sessionStorage.length), 0);
    await v.end();
  });

  await suite.test('while apid does not answer, what is shown is called old; then it goes on', async () => {
    let down = false;
    const v = await visit({clock: true, broken: true, answers: {daemons: () => down ? null : undefined}});
    await ready(v);
    down = true;
    await v.pass(16);
    await v.see('what is shown is old');
    assert.equal(await v.page.locator('.deposits').isVisible(), true);
    down = false;
    await v.pass(16);
    await until('the fault to go', async () => !await v.page.locator('.fault').isVisible());
    await v.end();
  });

  await suite.test('nothing on the page changes anything', async () => {
    const v = await visit();
    const methods = new Set();
    v.page.on('request', r => methods.add(r.method()));
    await ready(v);
    await v.click('Refresh');
    await ready(v);
    assert.deepEqual([...methods].filter(m => m !== 'GET'), []);
    await v.end();
  });

  await suite.test('with the service\'s own tokens: each its role, few attempts are enough', async () => {
    const token = async role => (await teller.ctl('admin', 'token', role, role)).out.trim();
    teller.configure({admin_panel: {tokens_file: 'tokens'}});
    const [reader, keeper] = [await token('read'), await token('backup')];
    teller.adminToken = reader;
    await teller.restart('apid');
    await teller.ready();
    const v = await visit({broken: true});
    const give = async value => { await v.page.getByLabel('Bearer token').fill(value); await v.click('Use it'); };
    await give('f'.repeat(64));
    await v.see('This token is not known.');
    await give(keeper);
    await v.see('The role of this token does not allow to read.');
    const told = () => teller.watchLines('apid').filter(l => l.includes('admin_access_refused')).length;
    await until('both to be told', () => told() >= 2);
    assert.equal(told(), 2, 'one attempt each');
    await give(reader);
    await ready(v);
    await v.click('Backup of the database');
    await v.see('Forbidden');
    await v.end();
  });
});
