// Amounts and coin hours, exact: droplets and hours are BigInt throughout.
import {U64_MAX} from './bytes.mjs';

export const DROPLETS = 1000000n;

export function formatCoins(droplets) {
  return `${droplets / DROPLETS}.${String(droplets % DROPLETS).padStart(6, '0')}`;
}

// Strict: digits, at most six places.  Control API only; the node itself never reads coins as text.
export function parseCoins(text) {
  const m = /^(\d+)(?:\.(\d{1,6}))?$/.exec(String(text));
  if (!m) throw new Error(`can't convert ${text} to decimal`);
  return BigInt(m[1]) * DROPLETS + BigInt((m[2] ?? '').padEnd(6, '0'));
}

// The hours of an output {coins, hours, time} at the head's time.
export function coinHours(out, headTime) {
  if (headTime < out.time) return out.hours;
  const seconds = headTime - out.time;
  const coins = out.coins / DROPLETS;
  const droplets = out.coins % DROPLETS;
  if (seconds * coins > U64_MAX)
    throw new Error(`UxOut.CoinHours: Calculating whole coin seconds overflows uint64 seconds=${seconds} coins=${coins}`);
  if (seconds * droplets > U64_MAX)
    throw new Error(`UxOut.CoinHours: Calculating droplet seconds overflows uint64 seconds=${seconds} droplets=${droplets}`);
  const earned = (seconds * coins + seconds * droplets / DROPLETS) / 3600n;
  if (out.hours + earned > U64_MAX)
    throw new Error('UxOut.CoinHours addition of earned coin hours overflow');
  return out.hours + earned;
}

export const requiredFee = (hours, burnFactor) => (hours + burnFactor - 1n) / burnFactor;

// Null, or why `fee` hours are not enough beside `outputHours`.
export function feeError(outputHours, fee, burnFactor) {
  if (fee === 0n) return 'Transaction has zero coinhour fee';
  if (outputHours + fee > U64_MAX) return 'Hours and fee overflow';
  return fee < requiredFee(outputHours + fee, burnFactor)
    ? 'Transaction coinhour fee minimum not met' : null;
}

export const hasTooManyDecimals = (droplets, maxDecimals) =>
  droplets % 10n ** BigInt(6 - maxDecimals) !== 0n;
