'use strict';
// Loaded before bcoin (node -r, or first among the requires).  bcoin is of 2018; three facts of
// today are taught to it.  Consensus, blocks and scripts stay as they are.
//
// 1. Its regtest addresses begin with bytes of its own; everybody else's are Bitcoin Core's:
//    0x6f (key hash), 0xc4 (script hash), "bcrt" (witness), 0xef (private keys).
// 2. Witness programs of version 1 and up are written with bech32m (BIP-350), which came later.
// 3. The leveldown that builds today takes an option of value null for a bound of the iteration,
//    where the old one took it for no bound.
const path = require('path');
const bcoin = path.join(__dirname, 'node_modules', 'bcoin');
const ofBcoin = name => require(require.resolve(name, {paths: [bcoin]}));

const {regtest} = ofBcoin('./lib/protocol/networks.js');
Object.assign(regtest.addressPrefix, {pubkeyhash: 0x6f, scripthash: 0xc4, bech32: 'bcrt'});
regtest.keyPrefix.privkey = 0xef;

// --- bech32 (BIP-173) and bech32m (BIP-350) ------------------------------------------------------

const DIGITS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const BECH32 = 1;
const BECH32M = 0x2bc830a3;
const TAPS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const CHECK_DIGITS = 6;

const finalOf = version => version === 0 ? BECH32 : BECH32M;

function checksum(hrp, digits) {
  const letters = [...hrp].map(c => c.charCodeAt(0));
  let sum = 1;
  for (const v of [...letters.map(c => c >> 5), 0, ...letters.map(c => c & 31), ...digits]) {
    const carry = sum >>> 25;
    sum = (sum & 0x1ffffff) << 5 ^ v;
    TAPS.forEach((tap, i) => { if (carry >> i & 1) sum ^= tap; });
  }
  return sum >>> 0;
}

// Regroups digits of `from` bits into digits of `to`; what is left over is padding.
function regroup(digits, from, to) {
  const bits = [...digits].map(d => d.toString(2).padStart(from, '0')).join('');
  return {whole: (bits.match(new RegExp(`.{${to}}`, 'g')) ?? []).map(b => parseInt(b, 2)),
    rest: bits.slice(bits.length - bits.length % to)};
}

function encode(hrp, version, program) {
  const {whole, rest} = regroup(program, 8, 5);
  const data = [version, ...whole, ...rest ? [parseInt(rest.padEnd(5, '0'), 2)] : []];
  const sum = checksum(hrp, [...data, 0, 0, 0, 0, 0, 0]) ^ finalOf(version);
  for (let i = CHECK_DIGITS - 1; i >= 0; i--) data.push(sum >>> 5 * i & 31);
  return `${hrp}1${data.map(d => DIGITS[d]).join('')}`;
}

const must = (holds, what) => { if (!holds) throw new Error(`bech32: ${what}`); };

function decode(text) {
  const low = text.toLowerCase();
  must(text === low || text === text.toUpperCase(), 'mixed case');
  const at = low.lastIndexOf('1');
  must(at >= 1 && low.length <= 90 && low.length - at > CHECK_DIGITS + 1, 'length');
  const hrp = low.slice(0, at);
  const data = [...low.slice(at + 1)].map(c => DIGITS.indexOf(c));
  must(!data.includes(-1), 'character');
  must(checksum(hrp, data) === finalOf(data[0]), 'checksum');
  const {whole, rest} = regroup(data.slice(1, -CHECK_DIGITS), 5, 8);
  must(rest.length < 5 && !rest.includes('1'), 'padding');
  return {hrp, version: checkedVersion(data[0], whole.length), hash: Buffer.from(whole)};
}

function checkedVersion(version, size) {
  must(version <= 16 && size >= 2 && size <= 40, 'witness program');
  must(version > 0 || size === 20 || size === 32, 'witness program of version 0');
  return version;
}

function test(text) {
  try {
    decode(text);
    return true;
  } catch {
    return false;
  }
}

Object.assign(ofBcoin('bstring').bech32, {encode, decode, test});

// --- leveldown --------------------------------------------------------------------------------------

const {prototype} = ofBcoin('leveldown');
const {iterator} = prototype;
prototype.iterator = function withoutNulls(options) {
  return iterator.call(this, Object.fromEntries(Object.entries(options ?? {}).filter(([, v]) => v != null)));
};
