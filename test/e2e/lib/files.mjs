// The files that a data directory needs: configuration, pool, wallet; all throw-away.
import {writeFileSync} from 'node:fs';
import {KINDS, addressOf} from '../../nodes/bitcoin-keys.mjs';
import {generateKeys} from '../../sim/skycoin-node/keys.mjs';

const line = ([key, value]) => `${key} = ${value}`;

// {key: value, section: {key: value}} as the configuration file.
export function iniText(conf) {
  const top = Object.entries(conf).filter(([, v]) => typeof v !== 'object');
  const sections = Object.entries(conf).filter(([, v]) => typeof v === 'object');
  return [...top.map(line), ...sections.flatMap(([name, keys]) => ['', `[${name}]`, ...Object.entries(keys).map(line)])]
    .join('\n') + '\n';
}

// Settings of `changes` over those of `conf`, section by section.
export function mergeConf(conf, changes) {
  const merged = {...conf};
  for (const [k, v] of Object.entries(changes))
    merged[k] = typeof v === 'object' ? {...merged[k], ...v} : v;
  return merged;
}

// `each` addresses of every kind, the kinds in turn: [{kind, address}].
export function btcPool(each) {
  return Array.from({length: each}, (_, n) => n)
    .flatMap(n => KINDS.map(kind => ({kind, address: addressOf(kind, `deposit ${n}`)})));
}

export function writePool(file, pool) {
  writeFileSync(file, ['# deposit addresses of this test', ...pool.map(a => a.address), ''].join('\n'));
}

// `count` Skycoin addresses that nobody else has: [{address}].
export const skyPool = count => generateKeys('SKY deposits of the tests', count).keys.map(k => ({address: k.address}));

// A plain deterministic wallet of `count` keys made of `seed`; answers its addresses.
export function writeWallet(file, seed, count) {
  const {keys, lastSeed} = generateKeys(seed, count);
  const meta = {coin: 'skycoin', cryptoType: '', encrypted: 'false', filename: 'hot.wlt', label: 'test', version: '0.4',
    lastSeed: lastSeed.toString('hex'), seed, secrets: '', tm: '1540000000', type: 'deterministic'};
  const entries = keys.map(k => ({address: k.address, public_key: k.pubkey.toString('hex'), secret_key: k.secret.toString('hex')}));
  writeFileSync(file, JSON.stringify({meta, entries}, null, 4) + '\n', {mode: 0o600});
  return keys.map(k => k.address);
}

// The nth customer's address.
const customers = generateKeys('customers of the tests', 40).keys.map(k => k.address);
export const customer = n => customers[n];
