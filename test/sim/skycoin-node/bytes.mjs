// Hashes, hex and base58: the small change of everything else here.
import {createHash} from 'node:crypto';

export const sha256 = (...parts) => {
  const h = createHash('sha256');
  for (const p of parts) h.update(p);
  return h.digest();
};
export const ripemd160 = b => createHash('ripemd160').update(b).digest();

export const U64_MAX = (1n << 64n) - 1n;
export const ZERO_HASH = Buffer.alloc(32);

export function u32(n) {
  const b = Buffer.alloc(4);
  b.writeUInt32LE(n);
  return b;
}
export function u64(n) {
  const b = Buffer.alloc(8);
  b.writeBigUInt64LE(BigInt(n));
  return b;
}

export class HexError extends Error {}

// Decodes as Go's encoding/hex does, with its texts: the bytes are looked at before the length.
export function decodeHex(text) {
  for (const c of text) {
    if (!/[0-9a-fA-F]/.test(c)) {
      const point = c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0');
      throw new HexError(`encoding/hex: invalid byte: U+${point} '${c}'`);
    }
  }
  if (text.length % 2) throw new HexError('encoding/hex: odd length hex string');
  return Buffer.from(text, 'hex');
}

// A 32-byte id as the node reads it from a query.
export function decodeHash(text) {
  const b = decodeHex(text);
  if (b.length !== 32) throw new HexError('Invalid hex length');
  return b;
}

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

export function encodeBase58(bytes) {
  let n = BigInt('0x' + (bytes.toString('hex') || '0'));
  let text = '';
  for (; n > 0n; n /= 58n) text = ALPHABET[Number(n % 58n)] + text;
  for (const b of bytes) {
    if (b) break;
    text = '1' + text;
  }
  return text;
}

// Throws the modern node's two base58 texts.
export function decodeBase58(text) {
  if (text === '') throw new Error('Invalid base58 string');
  let n = 0n;
  for (const c of text) {
    const digit = ALPHABET.indexOf(c);
    if (digit < 0) throw new Error('Invalid base58 character');
    n = n * 58n + BigInt(digit);
  }
  const zeros = text.length - text.replace(/^1+/, '').length;
  let hex = n === 0n ? '' : n.toString(16);
  if (hex.length % 2) hex = '0' + hex;
  return Buffer.concat([Buffer.alloc(zeros), Buffer.from(hex, 'hex')]);
}
