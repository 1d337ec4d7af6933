// Amounts are whole numbers of the smallest unit in BigInts, never floating point: what the page says
// must be what the service pays.
export const SKY_DECIMALS = 6;

// name, URI scheme and decimals of what can be paid with
export const COINS = {
  BTC: {name: 'Bitcoin', scheme: 'bitcoin', decimals: 8},
  ETH: {name: 'Ethereum', scheme: 'ethereum', decimals: 18},
  SKY: {name: 'Skycoin', scheme: 'skycoin', decimals: 6},
};

const power = n => 10n ** BigInt(n);

// Units of a text like "0.005"; null when it is no plain number with at most `decimals` places.
export function parseAmount(text, decimals) {
  const match = /^(\d{0,15})(?:\.(\d*))?$/.exec(text);
  if (!match || !/\d/.test(text)) return null;
  const fraction = (match[2] ?? '').replace(/0+$/, '');
  if (fraction.length > decimals) return null;
  return BigInt(match[1] + fraction.padEnd(decimals, '0'));
}

// Plain text without trailing zeros: 0.005
export function amountText(units, decimals) {
  const digits = String(units).padStart(decimals + 1, '0');
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
  const whole = digits.slice(0, digits.length - decimals);
  return fraction ? `${whole}.${fraction}` : whole;
}

// Droplets for one whole coin; 0n when there is no rate.
export const rateOf = deposit => parseAmount(deposit.fixed_exchange_rate ?? '', SKY_DECIMALS) ?? 0n;

// Droplets for `units` of a coin: multiplied exactly, cut once to `maxDecimals` as the service does.
// The rate shown may itself be cut, so this is never more than what is paid.
export function skyFor(units, rate, decimals, maxDecimals) {
  const droplets = units * rate / power(decimals);
  return droplets - droplets % dropletStep(maxDecimals);
}

// The smallest droplet amount that is paid.
export const dropletStep = maxDecimals => power(SKY_DECIMALS - maxDecimals);

// The fewest units of a coin that buy `droplets`.
export function coinFor(droplets, rate, decimals) {
  return (droplets * power(decimals) + rate - 1n) / rate;
}

// What a wallet reads from a QR code or a link.  Ethereum wallets read `value`, in wei.
export function paymentUri(coin, address, units) {
  const {scheme, decimals} = COINS[coin];
  if (!units) return `${scheme}:${address}`;
  const amount = `${scheme}:${address}?amount=${amountText(units, decimals)}`;
  return coin === 'ETH' ? `${amount}&value=${units}` : amount;
}
