// Wallet files as Skycoin nodes write them, of all types, plain and encrypted; written from the
// specification with node's own cryptography and another implementation of BIP-32.
import {createCipheriv, randomBytes, scryptSync} from 'node:crypto';
import {chmodSync, writeFileSync} from 'node:fs';
import {bcoinDir, npm} from '../../nodes/npm.mjs';
import {addressOfPubkey} from '../../sim/skycoin-node/address.mjs';
import {sha256} from '../../sim/skycoin-node/bytes.mjs';
import {generateKeys, pubkeyOf, secp256k1Hash} from '../../sim/skycoin-node/keys.mjs';

const {HDPrivateKey, Mnemonic} = npm(`${bcoinDir}/lib/hd`);

// --- the two encryptions --------------------------------------------------------------------------

function sealScrypt(text, password) {
  const salt = randomBytes(32), nonce = randomBytes(12), n = 1 << 12, r = 8, p = 1;
  const params = Buffer.from(JSON.stringify({n, r, p, keyLen: 32, salt: salt.toString('base64'), nonce: nonce.toString('base64')}));
  const head = Buffer.concat([Buffer.from([params.length & 255, params.length >> 8]), params]);
  const cipher = createCipheriv('chacha20-poly1305', scryptSync(password, salt, 32, {N: n, r, p}), nonce, {authTagLength: 16});
  cipher.setAAD(head, {plaintextLength: Buffer.byteLength(text)});
  return Buffer.concat([head, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
}

function varint(n) {
  const bytes = Buffer.alloc(32);
  let v = 2 * n, at = 0;
  for (; v >= 128; v >>= 7) bytes[at++] = v & 127 | 128;
  bytes[at] = v;
  return bytes;
}

function sealXor(text, password) {
  const data = Buffer.from(text), nonce = randomBytes(32), key = secp256k1Hash(Buffer.from(password));
  const body = Buffer.alloc(Math.ceil((4 + data.length) / 32) * 32);
  body.writeUInt32LE(data.length);
  data.copy(body, 4);
  const plain = Buffer.concat([sha256(body), body]);
  const sealed = plain.map((byte, at) => byte ^ sha256(key, sha256(varint(at >> 5), sha256(nonce)))[at & 31]);
  return Buffer.concat([sha256(nonce, sealed), nonce, sealed]);
}

const SEAL = {'scrypt-chacha20poly1305': sealScrypt, 'scrypt-chacha20poly1305-insecure': sealScrypt, 'sha256-xor': sealXor};

// --- the types ------------------------------------------------------------------------------------

const flat = (k, hide) => ({address: k.address, public_key: k.pubkey.toString('hex'), secret_key: hide ? '' : k.secret.toString('hex')});

function deterministic(keys, hide) {
  const seed = 'seven words of a seed that nobody uses', {keys: made, lastSeed} = generateKeys(seed, keys);
  return {keys: made, seed: {seed, lastSeed: lastSeed.toString('hex')}, lists: {entries: made.map(k => flat(k, hide))}};
}

function collection(keys, hide) {
  const made = ['one', 'two', 'three'].slice(0, keys).map(s => generateKeys(`a collected key, ${s}`, 1).keys[0]);
  return {keys: made, seed: {}, lists: {entries: made.map(k => flat(k, hide))}};
}

// Keys outside and one for change, below m/44'/8000'/0'.
function bip44(keys, hide) {
  const seed = 'awesome place extend spray push file emerge other bulb child cotton inspire', seedPassphrase = 'and a phrase';
  const account = [44, 8000, 0].reduce((k, i) => k.derive(i, true), HDPrivateKey.fromSeed(new Mnemonic({phrase: seed}).toSeed(seedPassphrase)));
  const chain = (n, count) => Array.from({length: count}, (_, i) => {
    const secret = account.derive(n).derive(i).privateKey;
    return {secret, pubkey: pubkeyOf(secret), address: addressOfPubkey(pubkeyOf(secret))};
  });
  const entries = list => list.map((k, child_number) =>
    ({address: k.address, public: k.pubkey.toString('hex'), secret: hide ? '' : k.secret.toString('hex'), child_number}));
  const external = chain(0, keys), change = chain(1, 1), xprv = account.xprivkey('main');
  return {keys: [...external, ...change], seed: {seed, seedPassphrase}, account: {'bip44AccountPrivateKey-0': xprv},
    lists: {accounts: [{...(hide ? {} : {private_key: xprv}), name: 'default', index: 0, coin_type: 'skycoin', chains: [
      {public_key: 'xpub', chain: 'external', entries: entries(external)},
      {public_key: 'xpub', chain: 'change', entries: entries(change)}]}]}};
}

const TYPES = {deterministic, collection, bip44};

// Writes a wallet of `keys` keys (bip44: and one for change); `crypto` and `password` encrypt it.
// `forget`: the container has no key for the last address, as if it was made while locked (bip44).
// Answers {addresses, secrets: every text of it that nobody may ever see}.
export function writeAnyWallet(file, {type = 'deterministic', keys = 2, crypto, password, forget = false, mode = 0o600} = {}) {
  const made = TYPES[type](keys, crypto !== undefined);
  const blank = Object.fromEntries(Object.keys(made.seed).map(k => [k, '']));
  const meta = {coin: 'skycoin', cryptoType: crypto ?? '', encrypted: String(crypto !== undefined), filename: 'hot.wlt', label: 'test',
    secrets: '', tm: '1540000000', type, version: '0.4', ...(type === 'bip44' ? {bip44Coin: '8000'} : {}), ...(crypto ? blank : made.seed)};
  if (crypto) {
    const stored = forget ? made.keys.slice(0, -1) : made.keys;
    const byAddress = Object.fromEntries(stored.map(k => [k.address, k.secret.toString('hex')]));
    meta.secrets = SEAL[crypto](JSON.stringify({...made.seed, ...made.account, ...byAddress}), password).toString('base64');
  }
  writeFileSync(file, JSON.stringify({meta, ...made.lists}, null, 4) + '\n', {mode});
  chmodSync(file, mode);          // it may have been there
  const secrets = [...Object.values(made.seed), ...Object.values(made.account ?? {}), ...made.keys.map(k => k.secret.toString('hex'))];
  return {addresses: made.keys.map(k => k.address), secrets: [...secrets, ...(password ? [password] : [])]};
}
