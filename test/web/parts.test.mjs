// The parts of the customer's page that need no browser: weight, texts, amounts, addresses, QR codes.
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {readFileSync, readdirSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {test} from 'node:test';
import {amountText, coinFor, dropletStep, parseAmount, paymentUri, rateOf, skyFor} from '../../web/customer/js/amount.js';
import {qrCode} from '../../web/customer/js/qr.js';
import {sha256} from '../../web/customer/js/sha256.js';
import {shopState, stockText} from '../../web/customer/js/shop.js';
import {skyAddressFault} from '../../web/customer/js/sky_address.js';
import {customer} from '../e2e/lib/files.mjs';

const jsQR = createRequire(import.meta.url)('jsqr');
const ROOT = 'web/customer';

const filesBelow = dir => readdirSync(dir, {withFileTypes: true}).flatMap(e =>
  e.isDirectory() ? filesBelow(path.join(dir, e.name)) : [path.join(dir, e.name)]);
const files = filesBelow(ROOT);
const text = file => readFileSync(file, 'utf8');
const scripts = files.filter(f => f.endsWith('.js')).map(text).join('\n');

test('all files of the page together weigh less than 100 KiB', () => {
  const bytes = files.reduce((sum, f) => sum + readFileSync(f).length, 0);
  assert.ok(bytes < 100 * 1024, `${bytes} bytes`);
});

test('nothing is fetched from elsewhere, nothing is inline', () => {
  for (const f of files) {
    const resources = [...text(f).matchAll(/(?:src|href)="([^"]+)"|url\(([^)]+)\)|@import|from '([^']+)'/g)].map(m => m[1] ?? m[2] ?? m[3] ?? m[0]);
    for (const r of resources) assert.match(r, /^(\.|[\w-]+[/.])(?!.*:)/, `${f}: ${r}`);
    assert.doesNotMatch(text(f), / style=|\son\w+="|<style|innerHTML|<script(?![^>]*src=)/, f);
  }
});

test('nothing is used that browsers of 2021 do not know', () => {
  const newer = /\.at\(|\bfindLast|\bhasOwn\b|\breplaceAll\b|\bstructuredClone\b|\ballSettled\b|\?\?=|\|\|=|&&=|^await |\bstatic \w+ *[={]|\bthis\.#/m;
  for (const f of files.filter(f => f.endsWith('.js'))) assert.doesNotMatch(text(f), newer, f);
});

test('the four pages differ in words only', () => {
  const shape = file => text(file).replaceAll('../', '').replace(/>[^<]+</g, '><').replace(/ aria-current="page"| lang="[^"]+"| aria-label="[^"]+"/g, '')
    .replace(/<code>.*<\/code>/g, '').replace(/href="(\.\/|cn\/|ru\/|es\/)?"/g, '').replace(/>\s+</g, '>\n<');
  for (const l of ['cn', 'ru', 'es']) assert.equal(shape(`${ROOT}/${l}/index.html`), shape(`${ROOT}/index.html`), l);
});

test('every text is there in four languages, with the same values to fill in', () => {
  const texts = JSON.parse(text(`${ROOT}/texts.json`));
  const names = s => [...s.matchAll(/\{(\w+)\}/g)].map(m => m[1]).sort();
  const forms = s => [...s.matchAll(/\{(\w*\|[^}]*)\}/g)].map(m => m[1].split('|').length);
  for (const [key, row] of Object.entries(texts)) {
    assert.equal(row.length, 4, key);
    row.forEach((s, i) => {
      assert.ok(s.trim(), key);
      assert.deepEqual(names(s), names(row[0]), `${key}: ${s}`);
      for (const n of forms(s)) assert.equal(n, [2, 1, 3, 2][i], `${key}: ${s}`);
    });
    assert.ok(scripts.includes(key) || /^(state|about|status|step)_/.test(key), `${key} is not used`);
  }
  for (const [, key] of scripts.matchAll(/\b(?:t|plural)\('(\w+)'/g)) assert.ok(texts[key], `no text for ${key}`);
});

// --- amounts -------------------------------------------------------------------------------------

const BTC = 8, ETH = 18, SKY = 6;
const rate = sky => rateOf({fixed_exchange_rate: sky});

test('amounts as texts, exactly', () => {
  const rows = [['0.05', BTC, 5000000n], ['1', BTC, 100000000n], ['.5', BTC, 50000000n], ['1.', BTC, 100000000n], ['0.000000001', BTC, null],
    ['0.100000000', BTC, 10000000n], ['1e3', BTC, null], ['-1', BTC, null], ['', BTC, null], ['.', BTC, null], ['1,5', BTC, null], ['١', BTC, null],
    ['123456789.123456789012345678', ETH, 123456789123456789012345678n], ['9999999999999999', BTC, null]];
  for (const [typed, decimals, units] of rows) assert.equal(parseAmount(typed, decimals), units, typed);
  assert.deepEqual([amountText(5n, BTC), amountText(100000000n, BTC), amountText(0n, SKY)], ['0.00000005', '1', '0']);
});

test('what an amount buys is what the service pays', () => {
  const rows = [['a plain sale', '0.01', BTC, '500.000000', 3, '5'],
    ['cut to three decimals, not rounded', '0.00000399', BTC, '500.000000', 3, '0.001'],
    ['too little for a step', '0.00000199', BTC, '500.000000', 3, '0'],
    ['no decimals at all', '0.0039', BTC, '500.000000', 0, '1'],
    ['more digits than a double holds', '90071992.54740993', BTC, '1.000000', 6, '90071992.547409'],
    ['wei', '1.999999999999999999', ETH, '33.333000', 3, '66.665']];
  for (const [why, coins, decimals, sky, places, expected] of rows)
    assert.equal(amountText(skyFor(parseAmount(coins, decimals), rate(sky), decimals, places), SKY), expected, why);
});

test('the fewest coins for an amount of SKY buy it, one unit less does not', () => {
  for (const [sky, decimals] of [['500.000000', BTC], ['3.000000', BTC], ['0.333000', ETH], ['7777.123456', BTC]])
    for (const steps of [1n, 7n, 12345n]) {
      const droplets = steps * dropletStep(3);
      const units = coinFor(droplets, rate(sky), decimals);
      assert.ok(skyFor(units, rate(sky), decimals, 3) >= droplets);
      assert.ok(skyFor(units - 1n, rate(sky), decimals, 3) < droplets);
    }
});

test('links for wallets', () => {
  assert.equal(paymentUri('BTC', '1abc', 0n), 'bitcoin:1abc');
  assert.equal(paymentUri('BTC', '1abc', 5000000n), 'bitcoin:1abc?amount=0.05');
  assert.equal(paymentUri('ETH', '0xabc', 1500000000000000000n), 'ethereum:0xabc?amount=1.5&value=1500000000000000000');
});

// --- addresses -----------------------------------------------------------------------------------

test('SHA-256 around its block sizes', () => {
  for (const n of [0, 1, 21, 55, 56, 63, 64, 65, 119, 120, 1000]) {
    const bytes = Uint8Array.from({length: n}, (_, i) => i * 7);
    assert.equal(Buffer.from(sha256(bytes)).toString('hex'), createHash('sha256').update(bytes).digest('hex'), `${n} bytes`);
  }
});

test('SKY addresses: good ones, and what is wrong with others', () => {
  for (let n = 0; n < 40; n++) assert.equal(skyAddressFault(customer(n)), null, customer(n));
  const good = customer(0);
  const rows = [['', 'sky_missing'], [good.slice(1), 'sky_bad_length', 'sky_bad_checksum'], [`${good}1`, 'sky_bad_length', 'sky_bad_checksum'],
    [good.replace(/.$/, c => c === 'a' ? 'b' : 'a'), 'sky_bad_checksum'], [good.replace(/.$/, '0'), 'sky_bad_character'], [`${good} `, 'sky_bad_character'],
    [good.repeat(99), 'sky_bad_character'], ['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', 'sky_is_other'], ['bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq', 'sky_is_other'],
    ['0x52908400098527886E0F7030069857D2E4169EE7', 'sky_is_other']];
  for (const [typed, ...faults] of rows) assert.ok(faults.includes(skyAddressFault(typed)?.[0]), `${typed}: ${skyAddressFault(typed)}`);
});

test('a change of any one character is found', () => {
  const good = customer(1);
  for (let i = 0; i < good.length; i++)
    for (const c of 'zA5') if (c !== good[i]) assert.notEqual(skyAddressFault(good.slice(0, i) + c + good.slice(i + 1)), null);
});

// --- QR codes ------------------------------------------------------------------------------------

const QUIET = 4, DOT = 3;

function read(rows) {
  const size = (rows.length + 2 * QUIET) * DOT;
  const pixels = new Uint8ClampedArray(4 * size * size).fill(255);
  rows.forEach((row, y) => row.forEach((dark, x) => {
    for (let i = 0; dark && i < DOT * DOT; i++) {
      const at = 4 * (((y + QUIET) * DOT + Math.floor(i / DOT)) * size + (x + QUIET) * DOT + i % DOT);
      pixels.fill(0, at, at + 3);
    }
  }));
  return jsQR(pixels, size, size)?.data;
}

test('QR codes of every size are read back', () => {
  for (let n = 1; n <= 213; n += 4) {
    const said = Array.from({length: n}, (_, i) => String.fromCharCode(33 + (i * 7 + n * 13) % 90)).join('');
    assert.equal(read(qrCode(said)), said, `${n} bytes`);
  }
  assert.throws(() => qrCode('x'.repeat(214)), RangeError);
});

// Both copies of the format and of the version are written: a reader may lose one of them.
test('QR codes are read with either of their corners damaged', () => {
  const said = paymentUri('BTC', `bc1p${'q'.repeat(58)}`, 12345678n);
  for (const [top, left] of [[true, false], [false, true]]) {
    const rows = qrCode(said).map(row => [...row]);
    const last = rows.length - 1;
    for (let i = 0; i < 7; i++) {       // one copy of the format
      if (top) rows[last - i][8] = !rows[last - i][8];
      if (left) rows[i][8] = !rows[i][8];
    }
    assert.equal(read(rows), said);
  }
});

// --- the shop ------------------------------------------------------------------------------------

test('the state of the shop', () => {
  const [, nothing] = /#define NOTHING\s+"(.*)"/.exec(text('apid/problem_row.c'));
  const config = {enabled: true, deposits: {btc: {enabled: true}, eth: {enabled: false}, sky: {enabled: false}}};
  const health = (sender_error = '', more = {}) => ({status: 'OK', exchange: {sender_error, processor_error: '', balance: {coins: '0.000000'}}, ...more});
  const rows = [[{config, health: health()}, 'open'], [{config, health: health('CreateTransaction not enough coins')}, 'sold_out'],
    [{config, health: health('no unspents to spend')}, 'sold_out'], [{config, health: health('connection refused')}, 'paused'],
    [{config, health: health('', {status: 'DEGRADED'})}, 'degraded'], [{config, health: health('', {status: 'DEGRADED', problems: [{customers: nothing}]})}, 'open'],
    [{config, health: health('', {status: 'DEGRADED', problems: [{customers: nothing}, {customers: 'x'}]})}, 'degraded'], [{config: {...config, enabled: false}, health: health()}, 'closed'],
    [{config: {...config, deposits: {}}, health: health()}, 'closed'], [{config}, 'loading'], [{config, health: health(), failure: new Error()}, 'unreachable']];
  for (const [shop, state] of rows) assert.equal(shopState(shop), state);
  assert.equal(stockText(health('connection refused')), null, 'a stock that could not be read');
  assert.equal(stockText(health('no unspents to spend')), '0.000000');
});
