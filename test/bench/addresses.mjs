// Addresses by the hundred thousand: right in their checksums, nobody's keys.
import {createHash} from 'node:crypto';

const sha256 = b => createHash('sha256').update(b).digest();
// Twenty bytes that differ for every (kind, n), without a hash for each.
function bytesOf(kind, n) {
  const b = Buffer.alloc(20, kind);
  for (let i = 0; i < 16; i += 4) b.writeUInt32LE(Math.imul(n + 1, 2654435761 + 2 * i) >>> 0, i);
  b.writeUInt32LE(n, 16);
  return b;
}

// --- SKY: base58 of ripemd160, version 0, four bytes of sha256 ----------------------------------

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

function base58(bytes) {
  const digits = [];
  for (const byte of bytes) {
    let carry = byte;
    for (let i = 0; i < digits.length; i++) {
      carry += digits[i] << 8;
      digits[i] = carry % 58;
      carry = carry / 58 | 0;
    }
    for (; carry; carry = carry / 58 | 0) digits.push(carry % 58);
  }
  let zeros = 0;
  while (bytes[zeros] === 0) zeros++;
  return '1'.repeat(zeros) + digits.reverse().map(d => BASE58[d]).join('');
}

export function skyAddress(n) {
  const body = Buffer.concat([bytesOf(7, n), Buffer.from([0])]);
  return base58(Buffer.concat([body, sha256(body).subarray(0, 4)]));
}

// --- BTC: P2WPKH, bech32 ------------------------------------------------------------------------

const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

function polymod(state, value) {
  const top = state >>> 25;
  let next = (state & 0x1ffffff) << 5 ^ value;
  for (let i = 0; i < 5; i++) if (top >>> i & 1) next ^= GENERATOR[i];
  return next;
}

function fives(bytes) {
  const out = [];
  let value = 0, bits = 0;
  for (const byte of bytes) {
    value = value << 8 | byte;
    for (bits += 8; bits >= 5;) out.push(value >>> (bits -= 5) & 31);
    value &= (1 << bits) - 1;
  }
  return out;
}

export function btcAddress(hrp, n) {
  const data = [0, ...fives(bytesOf(3, n))];
  const codes = [...hrp].map(c => c.charCodeAt(0));
  let state = [...codes.map(c => c >> 5), 0, ...codes.map(c => c & 31), ...data, 0, 0, 0, 0, 0, 0].reduce(polymod, 1) ^ 1;
  for (let i = 5; i >= 0; i--) data.push(state >>> 5 * i & 31);
  return hrp + '1' + data.map(d => BECH32[d]).join('');
}

// --- ETH: in lower case, where no checksum is ------------------------------------------------------

export const ethAddress = n => '0x' + bytesOf(5, n).toString('hex');

// Files of `count` addresses, one a line.
export const lines = (count, make) => Array.from({length: count}, (_, n) => make(n)).join('\n') + '\n';
