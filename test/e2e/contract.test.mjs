// The HTTP contract, case by case: what the original answered to about a hundred requests, and what
// we answer in its place where we differ on purpose (test/vectors/data/http/contract.json).
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {customer} from './lib/files.mjs';
import {rawRequest} from './lib/raw_http.mjs';
import {until} from './lib/wait.mjs';
import {World} from './lib/world.mjs';

const vectors = name => JSON.parse(readFileSync(new URL(`../vectors/data/${name}`, import.meta.url)));
const {cases} = vectors('http/contract.json');

const CONF = {
  teller: {max_bound_addrs: 5},
  btc_scanner: {network: 'main', initial_scan_height: 0},
  sky_exchanger: {sky_eth_exchange_rate: '100', sky_sky_exchange_rate: '1'},
  web: {cors_allowed: '["http://127.0.0.1:6420"]', throttle_duration: 0},
};
const PAYEE = '2Wbi4wvxC4fkTYMsS2f6HaFfW4pafDjXcQW';
// Enough that health does not warn of an empty pool, however many of the cases bind.
const POOL = [...new Set(vectors('skycoin/keygen.json').sequences.flatMap(s => s.keys).map(k => k.btc_address))]
  .slice(0, 30).map(address => ({address}));

async function bindAll(teller) {
  for (const n of POOL.keys()) await teller.bind(customer(n));
}
async function bindTwice(teller) {
  for (let i = 0; i < 2; i++) await teller.bind(PAYEE);
}

// Every setup that the contract names: changes to the configuration, and what is done beforehand.
const SETUPS = {
  'default': {},
  'teller.bind_enabled = false': {conf: {teller: {bind_enabled: false}}},
  'teller.max_bound_addrs = 2, two bindings made': {conf: {teller: {max_bound_addrs: 2}}, before: bindTwice},
  'all addresses of the pool bound': {before: bindAll},
};

// The places that the contract leaves open, shown as it shows them.
function shown(teller, body) {
  let text = body;
  for (const {address} of teller.pool) text = text.replaceAll(`"${address}"`, '"<from the pool>"');
  return text.replace(/("updated_at": )[1-9]\d*/g, '$10')
    .replace(/("(?:version|uptime)": )"[^"]*"/g, '$1"<any>"');
}

function checkHeaders(got, expected) {
  for (const [name, value] of Object.entries(expected)) assert.equal(got.get(name)?.join(', '), value, `header ${name}`);
  // A header of ours that lets a stranger's page read the answer must be in the contract.
  for (const name of got.keys()) if (name.startsWith('access-control-')) assert.ok(name in expected, `unexpected header ${name}`);
}

// Health may have a daemon in it that was kept from answering in time, until it is asked again.
const replay = (teller, c) => /health/.test(c.request.path) ? until(c.name, () => replayOnce(teller, c)) : replayOnce(teller, c);

async function replayOnce(teller, {listener, request, expect}) {
  const got = await rawRequest(`${teller[listener]}${request.path}`, request);
  assert.equal(got.status, expect.status, got.body);
  checkHeaders(got.headers, expect.headers);
  if (expect.body !== undefined) assert.equal(shown(teller, got.body), expect.body);
  if (expect.body_prefix !== undefined) {
    assert.ok(got.body.startsWith(expect.body_prefix), got.body);
    assert.ok(got.body.length > expect.body_prefix.length + 1 && got.body.endsWith('\n'), 'a detail, and a newline');
  }
  return true;
}

test('every case belongs to a setup that is played', () => {
  assert.ok(cases.length >= 100);
  assert.deepEqual([...new Set(cases.map(c => c.setup))], Object.keys(SETUPS));
});

for (const [setup, {conf = {}, before = () => {}}] of Object.entries(SETUPS))
  test(`contract: ${setup}`, async suite => {
    const {teller} = await World.dummy(suite, {conf: CONF, pool: POOL});
    teller.configure(conf);
    await teller.startAll();
    await before(teller);
    for (const c of cases.filter(x => x.setup === setup)) await suite.test(c.name, () => replay(teller, c));
  });
