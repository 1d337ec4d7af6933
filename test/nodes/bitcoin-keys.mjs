// The tests' Bitcoin keys and the five kinds of regtest addresses made of them.  Throw-away: every
// key is the hash of a sentence.
import {createHash} from 'node:crypto';
import {NETWORK, bcoin} from './bcoin.mjs';

const Address = bcoin('primitives/address');
const KeyRing = bcoin('primitives/keyring');

const sha256 = b => createHash('sha256').update(b).digest();
const hash160 = b => createHash('ripemd160').update(sha256(b)).digest();

export const keyRing = name => KeyRing.fromPrivate(sha256(`teller test key ${name}`), true);
export const miner = keyRing('miner');
export const minerAddress = miner.getAddress('string', NETWORK);

const text = address => address.toString(NETWORK);

// kind -> address of a compressed public key
const kinds = {
  p2pkh: pub => text(Address.fromPubkeyhash(hash160(pub))),
  'p2sh-p2wpkh': pub => text(Address.fromScripthash(hash160(Buffer.concat([Buffer.from([0, 20]), hash160(pub)])))),
  p2wpkh: pub => text(Address.fromWitnessPubkeyhash(hash160(pub))),
  // witness script: <public key> OP_CHECKSIG
  p2wsh: pub => text(Address.fromWitnessScripthash(sha256(Buffer.concat([Buffer.from([pub.length]), pub, Buffer.from([0xac])])))),
  // the key's x coordinate as the output key
  p2tr: pub => text(Address.fromProgram(1, pub.subarray(1))),
};

export const KINDS = Object.keys(kinds);
export const addressOf = (kind, name) => kinds[kind](keyRing(name).getPublicKey());
