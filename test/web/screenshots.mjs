// `make screenshots`: both pages as people see them, into build/screenshots; the two of the README into
// doc/images.  Served by the real service; the answers are made up, so that the pictures stay the same.
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import {customer} from '../e2e/lib/files.mjs';
import {World} from '../e2e/lib/world.mjs';
import {config, health, open, statuses} from './lib/answers.mjs';
import {Browser, START} from './lib/browser.mjs';
import {operator} from './lib/operator_answers.mjs';

const OUT = 'build/screenshots';
const README = 'doc/images';
const SKY = customer(0);
const WIDTHS = [320, 768, 1440];
const SCHEMES = ['light', 'dark'];

const paid = statuses(['waiting_deposit', 'BTC', {confirmations: 2, confirmations_required: 3}], ['waiting_confirm', 'ETH'], ['done']);

async function buy(v) {
  await v.page.locator('#sky').fill(SKY);
  const comma = /\/(ru|es)\//.test(v.url);
  await v.page.locator('#pay').fill(comma ? '0,05' : '0.05');
  await v.page.locator('button[type=submit]').click();
  await v.page.locator('.deposit .address').waitFor();
  await v.page.locator('.card').first().waitFor();
  await v.page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
}

// {name: [answers, what to do first]}
const scenes = {
  sale: [{status: paid}, buy],
  fresh: [{}],
  closed: [{config: config({enabled: false})}],
  'sold-out': [{health: health({sender: 'CreateTransaction not enough coins', coins: '0.000000'})}],
  unreachable: [{health: null}],
};

const ends = [];
const suite = {after: end => ends.unshift(end)};
const browser = await Browser.start(suite);
const {teller} = await World.dummy(suite, {conf: {web: {static_dir: path.resolve('web/customer')}}});

async function picture(url, file, {first, ready, ...options}, whole = true) {
  const v = await browser.visit(url, {clock: true, broken: true, ...options});
  await v.page.locator(ready).first().waitFor();
  if (first) await first(v);
  await v.page.screenshot({path: file, fullPage: whole});
  await v.end();
}

async function customerPictures() {
  for (const [name, [answers, first]] of Object.entries(scenes))
    for (const scheme of SCHEMES)
      for (const width of WIDTHS)
        for (const lang of name === 'sale' ? ['', 'cn/', 'ru/', 'es/'] : [''])
          await picture(`${teller.public}/${lang}`, `${OUT}/customer-${name}-${lang.slice(0, -1) || 'en'}-${scheme}-${width}.png`,
            {answers: {...open, ...answers}, scheme, width, first, ready: '.figure'});
}

async function operatorPictures() {
  for (const scheme of SCHEMES)
    for (const width of WIDTHS)
      await picture(`${teller.admin}/`, `${OUT}/operator-${scheme}-${width}.png`, {answers: operator(START), scheme, width, ready: '.deposits table'});
}

async function readmePictures() {
  await picture(`${teller.public}/`, `${README}/customer.png`,
    {answers: {...open, status: paid}, width: 860, height: 1570, first: buy, ready: '.figure'}, false);
  await picture(`${teller.admin}/`, `${README}/operator.png`, {answers: operator(START), width: 1200, height: 1570, scheme: 'dark', ready: '.deposits table'}, false);
}

for (const dir of [OUT, README]) mkdirSync(dir, {recursive: true});
try {
  await teller.startAll();
  if (!process.argv.includes('--readme')) { await customerPictures(); await operatorPictures(); }
  await readmePictures();
} finally {
  for (const end of ends) await end();
}
console.log(`screenshots: ${OUT}, and ${README} for the README`);
