// The transaction: binary form, ids, digests.  All integers little-endian, lists prefixed by a
// 32-bit count:
//
//   length 4, type 1, inner hash 32, signatures 65 each, inputs 32 each,
//   outputs 37 each: version 1, key hash 20, coins 8, hours 8
//
// Inside the simulator ids are hex strings, amounts BigInt, signatures Buffers.
import {formatAddress, parseAddress} from './address.mjs';
import {sha256, u32, u64, ZERO_HASH} from './bytes.mjs';
import {sign} from './keys.mjs';

const COUNT_MAX = 65535;

class Reader {
  constructor(bytes) { this.bytes = bytes; this.at = 0; }
  take(n) {
    if (this.bytes.length - this.at < n) throw new Error('Not enough buffer data to deserialize');
    this.at += n;
    return this.bytes.subarray(this.at - n, this.at);
  }
  list(read) {
    const count = this.take(4).readUInt32LE();
    if (count > this.bytes.length - this.at) throw new Error('Not enough buffer data to deserialize');
    if (count > COUNT_MAX) throw new Error('Maximum length exceeded for variable length field');
    return Array.from({length: count}, () => read(this));
  }
}

const readOutput = r => ({
  body: r.take(21).toString('hex'),
  coins: r.take(8).readBigUInt64LE(),
  hours: r.take(8).readBigUInt64LE(),
});

function readTransaction(r) {
  return {
    length: r.take(4).readUInt32LE(),
    type: r.take(1)[0],
    innerHash: r.take(32).toString('hex'),
    sigs: r.list(x => Buffer.from(x.take(65))),
    inputs: r.list(x => x.take(32).toString('hex')),
    outputs: r.list(readOutput),
  };
}

// Throws `Invalid transaction: ...` in the modern node's words.
export function decodeTransaction(bytes) {
  const r = new Reader(bytes);
  try {
    const t = readTransaction(r);
    if (r.at < bytes.length) throw new Error('Bytes remain in buffer after deserializing object');
    return seal(t);
  } catch (e) {
    throw new Error('Invalid transaction: ' + e.message);
  }
}

// The old generation's: one text for everything, and what comes after the transaction is ignored.
export function decodeLegacyTransaction(bytes) {
  try {
    return seal(readTransaction(new Reader(bytes)));
  } catch {
    throw new Error('Invalid transaction: Deserialization failed');
  }
}

const encodeOutput = o => Buffer.concat([Buffer.from(o.body, 'hex'), u64(o.coins), u64(o.hours)]);
const encodeList = items => Buffer.concat([u32(items.length), ...items]);
const encodeInner = t => Buffer.concat([
  encodeList(t.inputs.map(id => Buffer.from(id, 'hex'))), encodeList(t.outputs.map(encodeOutput))]);

export function encodeTransaction(t) {
  return Buffer.concat([u32(t.length), Buffer.from([t.type]), Buffer.from(t.innerHash, 'hex'),
    encodeList(t.sigs), encodeInner(t)]);
}

export const innerHash = t => sha256(encodeInner(t)).toString('hex');
export const digestOfInput = (t, n) =>
  sha256(Buffer.from(t.innerHash, 'hex'), Buffer.from(t.inputs[n], 'hex'));

// The id of an output made by the transaction `source`; neither block nor index goes into it.
export function uxid(source, o) {
  return sha256(Buffer.from(source, 'hex'), encodeOutput(o)).toString('hex');
}

// Adds what follows from the fields: size, txid, the outputs' ids.  The genesis output, which no
// transaction pays for, is the one whose source is 32 zero bytes.
function seal(t) {
  const raw = encodeTransaction(t);
  t.size = raw.length;
  t.txid = sha256(raw).toString('hex');
  const source = t.inputs.length ? t.txid : genesisSource(t);
  for (const o of t.outputs) o.uxid = uxid(source, o);
  return t;
}
const genesisSource = t => t.length === 0 && t.sigs.length === 0 ? ZERO_HASH.toString('hex') : t.txid;

export function genesisTransaction(address, coins, hours) {
  return seal({length: 0, type: 0, innerHash: ZERO_HASH.toString('hex'), sigs: [], inputs: [],
    outputs: [{body: parseAddress(address), coins, hours}]});
}

// A signed transaction spending `inputs` [{uxid, secret}] to `outputs` [{address, coins, hours}].
export function buildTransaction(inputs, outputs) {
  const t = {length: 0, type: 0, sigs: [], inputs: inputs.map(i => i.uxid),
    outputs: outputs.map(o => ({body: parseAddress(o.address), coins: o.coins, hours: o.hours}))};
  t.innerHash = innerHash(t);
  t.sigs = inputs.map((i, n) => sign(digestOfInput(t, n), i.secret));
  t.length = 49 + 97 * inputs.length + 37 * outputs.length;
  return seal(t);
}

export const outputAddress = o => formatAddress(o.body);
