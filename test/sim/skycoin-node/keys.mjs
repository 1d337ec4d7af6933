// secp256k1 as Skycoin uses it: 65-byte signatures r || s || recovery id, compressed public keys,
// and the deterministic key generator of wallets.
import {npm} from '../../nodes/npm.mjs';
import {bodyOfPubkey, addressOfPubkey} from './address.mjs';
import {sha256} from './bytes.mjs';

const {secp256k1} = npm('@noble/curves/secp256k1');
const ORDER = secp256k1.CURVE.n;
const number = b => BigInt('0x' + Buffer.from(b).toString('hex'));

export const isSecret = b => b.length === 32 && number(b) > 0n && number(b) < ORDER;
export const pubkeyOf = secret => Buffer.from(secp256k1.getPublicKey(secret, true));

// RFC 6979: the same transaction signed twice has the same txid.
export function sign(digest, secret) {
  const s = secp256k1.sign(digest, secret, {lowS: true, prehash: false});
  return Buffer.concat([s.toCompactRawBytes(), Buffer.from([s.recovery])]);
}

// The key that made a signature, or null when there is none: r or s out of range, no such point.
export function recover(digest, signature) {
  try {
    const s = secp256k1.Signature.fromCompact(signature.subarray(0, 64));
    const point = s.addRecoveryBit(signature[64] & 3).recoverPublicKey(digest);
    return Buffer.from(point.toRawBytes(true));
  } catch {
    return null;
  }
}

// Low s and a known recovery id: the part of a signature's form that recovery does not test.
export const isWellFormed = signature => signature[32] < 0x80 && signature[64] < 4;

// Null when `signature` is the owner's of address `body` over digest, else the node's text.
export function signatureError(body, digest, signature) {
  const key = recover(digest, signature);
  if (!key) return 'Failed to recover pubkey from signature';
  if (bodyOfPubkey(key) !== body) return 'Address does not match recovered signing address';
  return isWellFormed(signature) ? null : 'Signature not valid for hash';
}

// --- the wallets' key generator ---------------------------------------------------------------

function keystep(x) {
  do x = sha256(x); while (!isSecret(x));
  return x;
}

// "secp256k1 hash": a curve product mixed into a hash, so that seeds are slow to try.
export function secp256k1Hash(seed) {
  const h = sha256(seed);
  const a = keystep(h);
  const b = secp256k1.ProjectivePoint.fromHex(pubkeyOf(keystep(sha256(h))));
  return sha256(h, b.multiply(number(a)).toRawBytes(true));
}

export function nextKey(seed) {
  const next = secp256k1Hash(seed);
  return {seed: next, secret: keystep(sha256(seed, next))};
}

// `count` keys of a seed text: {secret, pubkey, address}, and the seed from which to go on.
export function generateKeys(seedText, count) {
  if (seedText.length === 0) throw new Error('Seed input is empty');
  let seed = Buffer.from(seedText);
  const keys = [];
  while (keys.length < count) {
    const step = nextKey(seed);
    seed = step.seed;
    const pubkey = pubkeyOf(step.secret);
    keys.push({secret: step.secret, pubkey, address: addressOfPubkey(pubkey)});
  }
  return {keys, lastSeed: seed};
}
