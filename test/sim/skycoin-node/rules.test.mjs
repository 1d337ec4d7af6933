// The simulator's rules against the vectors of the reference program: what it accepts is what a
// real node accepts, what it refuses it refuses in the same words.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {formatAddress, keyHash, parseAddress} from './address.mjs';
import {sha256} from './bytes.mjs';
import {coinHours, feeError, formatCoins, hasTooManyDecimals, requiredFee} from './coins.mjs';
import {generateKeys, isSecret, nextKey, pubkeyOf, recover, secp256k1Hash, sign, signatureError} from './keys.mjs';
import {LEGACY, MODERN, hardError, legacyHardError, softError, userError} from './rules.mjs';
import {buildTransaction, decodeLegacyTransaction, decodeTransaction, digestOfInput, encodeTransaction, genesisTransaction, innerHash, uxid} from './transaction.mjs';
import {vectors} from './vectors.mjs';

const hex = text => Buffer.from(text, 'hex');
const messageOf = f => { try { f(); return null; } catch (e) { return e.message; } };
const spends = s => ({body: parseAddress(s.address), coins: BigInt(s.coins), hours: BigInt(s.hours), time: BigInt(s.time)});

const verify = vectors('verify');
const LOCKED = new Set(verify.cases.find(c => c.name === 'locked_address').inputs.map(i => parseAddress(i.spends.address)));

// Two cases are too long to be written out: the number of inputs and what each is worth are given,
// so an equal transaction is built and signed here.
function manyInputs(c) {
  const [key] = generateKeys('many inputs', 1).keys;
  const out = {body: parseAddress(key.address), coins: 1000000n, hours: 10n, time: BigInt(c.head_time) - 7200n};
  const inputs = Array.from({length: c.inputs_count}, (_, n) => ({uxid: sha256(String(n)).toString('hex'), secret: key.secret}));
  const outputs = c.outputs.map(o => ({address: o.address, coins: BigInt(o.coins), hours: BigInt(o.hours)}));
  return {t: buildTransaction(inputs, outputs), spent: inputs.map(() => out)};
}

function written(c) {
  const t = decodeTransaction(hex(c.raw));
  assert.equal(t.txid, c.txid);
  return {t, spent: (c.inputs ?? []).map(i => spends(i.spends))};
}

test('verify.json: user, hard and soft rules', async suite => {
  for (const c of verify.cases) {
    await suite.test(c.name, () => {
      const {t, spent} = c.raw ? written(c) : manyInputs(c);
      const head = BigInt(c.head_time);
      const soft = burnFactor => softError(t, spent, head, {...MODERN, burnFactor, locked: LOCKED});
      assert.equal(t.length, c.length);
      assert.equal(userError(t), c.user_error);
      assert.equal(hardError(t, spent, head), c.hard_error);
      assert.equal(soft(10n), c.soft_error_burn_10);
      assert.equal(soft(2n), c.soft_error_burn_2);
      assert.equal(LEGACY.userError(t), null);
      assert.equal(legacyHardError(t, spent, head), c.legacy_hard_error);
      assert.equal(softError(t, spent, head, {...LEGACY, locked: LOCKED}), c.legacy_soft_error);
    });
  }
});

test('transactions.json: decoding, ids, digests', () => {
  const data = vectors('transactions');
  for (const v of data.well_formed) {
    const t = decodeTransaction(hex(v.raw));
    assert.equal(encodeTransaction(t).toString('hex'), v.raw);
    assert.deepEqual([t.txid, t.innerHash, innerHash(t), t.size, t.length, t.type],
      [v.txid, v.inner_hash, v.inner_hash, v.length, v.length, v.type]);
    for (const [n, i] of v.inputs.entries()) {
      assert.equal(t.inputs[n], i.uxid);
      assert.equal(uxid(i.spends.src_tx, spends(i.spends)), i.uxid);
      assert.equal(digestOfInput(t, n).toString('hex'), i.digest);
      assert.equal(signatureError(parseAddress(i.spends.address), hex(i.digest), hex(i.signature)), null);
    }
    for (const [n, o] of v.outputs.entries()) {
      assert.deepEqual([formatAddress(t.outputs[n].body), t.outputs[n].coins, t.outputs[n].hours, t.outputs[n].uxid],
        [o.address, BigInt(o.coins), BigInt(o.hours), o.uxid]);
    }
  }
  for (const v of data.not_decodable) {
    assert.equal(messageOf(() => decodeTransaction(hex(v.raw))), v.error_modern, v.why);
    assert.equal(messageOf(() => decodeLegacyTransaction(hex(v.raw))), v.error_legacy, v.why);
  }
  const g = genesisTransaction(data.genesis.address, BigInt(data.genesis.coins), BigInt(data.genesis.hours));
  assert.equal(g.txid, data.genesis.transaction.txid);
  assert.equal(g.outputs[0].uxid, data.genesis.output.uxid);
});

test('signatures.json: recovery, form, owner; our own signatures', () => {
  const data = vectors('signatures');
  for (const v of data.valid) {
    const body = parseAddress(v.address);
    assert.equal(recover(hex(v.digest), hex(v.signature)).toString('hex'), v.pubkey);
    assert.equal(signatureError(body, hex(v.digest), hex(v.signature)), null);
    assert.equal(signatureError(body, hex(v.digest), sign(hex(v.digest), hex(v.seckey))), null);
  }
  for (const v of data.invalid)
    assert.equal(signatureError(parseAddress(v.address), hex(v.digest), hex(v.signature)), v.error, v.why);
});

test('addresses.json: valid ones both ways, modern messages for the others', () => {
  const data = vectors('addresses');
  for (const v of data.valid) {
    assert.equal(parseAddress(v.address), '00' + v.key_hash);
    assert.equal(formatAddress('00' + v.key_hash), v.address);
    if (v.pubkey) assert.equal(keyHash(hex(v.pubkey)).toString('hex'), v.key_hash);
  }
  for (const v of data.invalid)
    assert.equal(messageOf(() => parseAddress(v.input)), v.error_modern, v.why);
});

test('amounts.json: coin hours, fees, texts, decimal places', () => {
  const data = vectors('amounts');
  for (const v of data.coin_hours) {
    const out = {coins: BigInt(v.coins), hours: BigInt(v.hours), time: BigInt(v.created)};
    const run = () => coinHours(out, BigInt(v.head_time));
    if (v.error) assert.equal(messageOf(run), v.error, v.note);
    else assert.equal(run(), BigInt(v.result), v.note);
  }
  for (const v of data.required_fee)
    assert.equal(requiredFee(BigInt(v.hours), BigInt(v.burn_factor)), BigInt(v.required_fee));
  for (const v of data.fee_check)
    assert.equal(feeError(BigInt(v.output_hours), BigInt(v.fee), BigInt(v.burn_factor)), v.error);
  for (const v of data.format)
    if (v.string) assert.equal(formatCoins(BigInt(v.droplets)), v.string);
  for (const v of data.precision)
    assert.equal(hasTooManyDecimals(BigInt(v.droplets), v.max_decimals), v.error !== null);
});

test('keygen.json: the deterministic generator', () => {
  const data = vectors('keygen');
  for (const v of data.sequences) {
    const {keys, lastSeed} = generateKeys(hex(v.seed_hex), v.count);
    assert.equal(lastSeed.toString('hex'), v.last_seed);
    for (const [n, k] of v.keys.entries())
      assert.deepEqual([keys[n].secret.toString('hex'), keys[n].pubkey.toString('hex'), keys[n].address],
        [k.seckey, k.pubkey, k.sky_address]);
  }
  for (const v of data.single_steps) {
    assert.equal(secp256k1Hash(hex(v.seed_hex)).toString('hex'), v.secp256k1_hash_and_next_seed);
    const step = nextKey(hex(v.seed_hex));
    assert.equal(step.secret.toString('hex'), v.seckey);
    assert.equal(pubkeyOf(step.secret).toString('hex'), v.pubkey);
  }
  for (const v of data.seckey_range) assert.equal(isSecret(hex(v.seckey)), v.valid);
  assert.equal(messageOf(() => generateKeys('', 1)), data.empty_seed_error);
});
