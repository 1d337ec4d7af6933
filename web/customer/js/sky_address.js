// Is this a SKY address?  Asked before anything is sent: coins for a mistyped address are lost.
// Base58 of key hash (20 bytes), version (0), and the first four bytes of their SHA-256.
import {sha256} from './sha256.js';

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const LENGTH = 25;
const MAX_CHARACTERS = 64;
const SUM_AT = 21;

function decodeBase58(text) {
  let n = 0n;
  for (const c of text) n = n * 58n + BigInt(ALPHABET.indexOf(c));
  const bytes = [];
  for (; n > 0n; n >>= 8n) bytes.unshift(Number(n & 255n));
  const zeros = /^1*/.exec(text)[0].length;
  return Uint8Array.from([...Array(zeros).fill(0), ...bytes]);
}

const endsWithSum = (bytes, sum) => sum.slice(0, 4).every((b, i) => b === bytes[SUM_AT + i]);

function isBitcoin(text, bytes) {
  return /^(bc|tb|bcrt)1[a-z0-9]{20,}$/i.test(text) ||
    bytes?.length === LENGTH && endsWithSum(bytes, sha256(sha256(bytes.slice(0, SUM_AT))));
}

// What is wrong with `text` (trimmed): the key of a sentence and its values; null: nothing.
export function skyAddressFault(text) {
  if (text === '') return ['sky_missing'];
  if (/^0x[0-9a-f]{40}$/i.test(text)) return ['sky_is_other', {name: 'Ethereum'}];
  const foreign = text.length > MAX_CHARACTERS || [...text].some(c => !ALPHABET.includes(c));
  const bytes = foreign ? null : decodeBase58(text);
  if (isBitcoin(text, bytes)) return ['sky_is_other', {name: 'Bitcoin'}];
  if (foreign) return ['sky_bad_character'];
  if (bytes.length !== LENGTH) return ['sky_bad_length'];
  const isVersion0 = bytes[SUM_AT - 1] === 0;
  return isVersion0 && endsWithSum(bytes, sha256(bytes.slice(0, SUM_AT))) ? null : ['sky_bad_checksum'];
}

// The ends that a person compares, and what is between.
export function addressParts(text) {
  return {first: text.slice(0, 6), middle: text.slice(6, -6), last: text.slice(-6)};
}
