// What makes a transaction acceptable: three classes of rules, each generation's texts in its order.
// Each function answers null or the text of the first rule that is broken.
//
// user: for what is handed in over the API; hard: consensus; soft: policy of pool and publisher.
// `spent` are the outputs being spent, in the order of the inputs: {body, coins, hours, time}.
import {NULL_BODY, bodyOfPubkey} from './address.mjs';
import {U64_MAX} from './bytes.mjs';
import {coinHours, feeError, hasTooManyDecimals} from './coins.mjs';
import {isWellFormed, recover} from './keys.mjs';
import {digestOfInput, innerHash} from './transaction.mjs';

const sum = (list, field) => list.reduce((s, x) => s + x[field], 0n);
const violates = (kind, text) => text && `Transaction violates ${kind} constraint: ${text}`;
const repeated = list => new Set(list).size < list.length;

// The first rule of a list that answers something.
function firstOf(rules) {
  for (const rule of rules) {
    const text = rule();
    if (text) return text;
  }
  return null;
}

export function userError(t) {
  return violates('user', t.outputs.some(o => o.body === NULL_BODY)
    ? 'Transaction output is sent to the null address' : null);
}

// Rule 2: the text for an input that is not a confirmed, unspent output.
export const missingInputError = uxid => violates('hard', `unspent output of ${uxid} does not exist`);

function hoursError(spent, headTime) {
  try {
    for (const o of spent) coinHours(o, headTime);
    return null;
  } catch (e) {
    return e.message;
  }
}

const signatureForm = words => t => {
  for (const [n, sig] of t.sigs.entries()) {
    if (words.unsigned && sig.every(b => b === 0)) return words.unsigned;
    if (!recover(digestOfInput(t, n), sig)) return words.unrecoverable;
    if (!isWellFormed(sig)) return words.malformed;
  }
  return null;
};

function ownerError(t, spent) {
  const owned = (sig, n) => bodyOfPubkey(recover(digestOfInput(t, n), sig)) === spent[n].body;
  return t.sigs.every(owned) ? null : 'Signature not valid for output being spent';
}

// What a transaction must be by itself, whatever it spends.
const form = {
  inputs: t => t.inputs.length === 0 && 'No inputs',
  outputs: t => t.outputs.length === 0 && 'No outputs',
  signatures: t => t.sigs.length !== t.inputs.length && 'Invalid number of signatures',
  distinctInputs: t => repeated(t.inputs) && 'Duplicate spend',
  type: t => t.type !== 0 && 'transaction type invalid',
  coins: t => t.outputs.some(o => o.coins === 0n) && 'Zero coin output',
  coinSum: t => sum(t.outputs, 'coins') > U64_MAX && 'Output coins overflow',
  distinctOutputs: t => repeated(t.outputs.map(o => `${o.body} ${o.coins} ${o.hours}`)) && 'Duplicate output in transaction',
};
const lengthIs = text => t => t.length !== t.size && text;
const innerHashIs = text => t => t.innerHash !== innerHash(t) && text;

const MODERN_FORM = [form.inputs, form.outputs, form.signatures, form.distinctInputs, form.type, form.coins, form.coinSum,
  lengthIs('Incorrect transaction length'), form.distinctOutputs, innerHashIs('InnerHash does not match computed hash'),
  signatureForm({unsigned: 'Unsigned input in transaction', unrecoverable: 'Failed to recover pubkey from signature',
    malformed: 'Signature not valid for hash'})];

const LEGACY_FORM = [innerHashIs('Invalid header hash'), form.inputs, form.outputs, form.signatures, form.distinctInputs,
  form.type, lengthIs('transaction size prefix invalid'), form.distinctOutputs,
  signatureForm({unrecoverable: 'Failed to recover public key', malformed: 'Signature invalid for hash'}),
  form.coins, form.coinSum];

function balanceError(t, spent, headTime) {
  const hoursIn = spent.reduce((s, o) => s + coinHours(o, headTime), 0n);
  return firstOf([
    () => sum(t.outputs, 'coins') > sum(spent, 'coins') && 'Insufficient coins',
    () => sum(t.outputs, 'coins') < sum(spent, 'coins') && 'Transactions may not destroy coins',
    () => hoursIn > U64_MAX && 'Transaction input hours overflow',
    () => sum(t.outputs, 'hours') > hoursIn && 'Insufficient coin hours',
  ]);
}

const hardRules = formRules => (t, spent, headTime) => violates('hard', firstOf([
  () => sum(t.outputs, 'hours') > U64_MAX && 'Transaction output hours overflow',
  () => hoursError(spent, headTime),
  ...formRules.map(rule => () => rule(t)),
  () => ownerError(t, spent),
  () => balanceError(t, spent, headTime),
]));

export const hardError = hardRules(MODERN_FORM);
export const legacyHardError = hardRules(LEGACY_FORM);

// The burned hours; throws where they cannot be counted.
export function transactionFee(t, spent, headTime) {
  const hoursIn = spent.reduce((s, o) => s + coinHours(o, headTime), 0n);
  if (hoursIn > U64_MAX) throw new Error('UxArray.CoinHours addition overflow');
  const hoursOut = sum(t.outputs, 'hours');
  if (hoursOut > U64_MAX) throw new Error('Transaction output hours overflow');
  if (hoursOut > hoursIn) throw new Error('Insufficient coinhours for transaction outputs');
  return hoursIn - hoursOut;
}

function burnError(t, spent, headTime, burnFactor) {
  try {
    return feeError(sum(t.outputs, 'hours'), transactionFee(t, spent, headTime), burnFactor);
  } catch (e) {
    return e.message;
  }
}

export function softError(t, spent, headTime, policy) {
  return violates('soft', firstOf([
    () => t.size > policy.maxSize && 'Transaction size bigger than max block size',
    () => burnError(t, spent, headTime, policy.burnFactor),
    () => spent.some(o => policy.locked.has(o.body)) && 'Transaction has locked address inputs',
    () => t.outputs.some(o => hasTooManyDecimals(o.coins, policy.maxDecimals))
      && 'invalid amount, too many decimal places',
  ]));
}

// What a node, or the publisher, goes by.
export const MODERN = {burnFactor: 10n, maxSize: 32768, maxDecimals: 3, locked: new Set(), userError, hardError};
export const LEGACY = {...MODERN, burnFactor: 2n, userError: () => null, hardError: legacyHardError};
