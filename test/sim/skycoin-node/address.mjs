// Skycoin addresses.  As text: base58 of key hash (20), version (1, zero), checksum (4: the first
// bytes of one SHA-256).  In transactions the version stands before the key hash: 21 bytes, called
// `body` here and used as the address everywhere inside the simulator, in hex.
import {decodeBase58, encodeBase58, ripemd160, sha256} from './bytes.mjs';

export const NULL_BODY = '00'.repeat(21);

export const keyHash = pubkey => ripemd160(sha256(sha256(pubkey)));
export const addressOfPubkey = pubkey => formatAddress(bodyOfPubkey(pubkey));
export const bodyOfPubkey = pubkey => '00' + keyHash(pubkey).toString('hex');

export function formatAddress(body) {
  const b = Buffer.from(body, 'hex');
  const text = Buffer.concat([b.subarray(1), b.subarray(0, 1)]);
  return encodeBase58(Buffer.concat([text, sha256(text).subarray(0, 4)]));
}

// The body of an address text; throws with the modern node's message.
export function parseAddress(text) {
  const b = decodeBase58(text);
  if (b.length !== 25) throw new Error('Invalid address length');
  if (!sha256(b.subarray(0, 21)).subarray(0, 4).equals(b.subarray(21)))
    throw new Error('Invalid checksum');
  if (b[20] !== 0) throw new Error('Address version invalid');
  return '00' + b.subarray(0, 20).toString('hex');
}
