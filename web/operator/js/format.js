// How things are written.  Amounts are digits from the service and stay exact: BigInts, never floats.
const DECIMALS = {BTC: 8, ETH: 18, SKY: 6};

export function amount(text) {
  const [whole, fraction = ''] = String(text).split('.');
  const kept = fraction.replace(/0+$/, '');
  return BigInt(whole).toLocaleString() + (kept ? `.${kept}` : '');
}

export function coins(units, decimals) {
  const digits = String(units).padStart(decimals + 1, '0');
  return amount(`${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`);
}

export const sky = droplets => coins(droplets, DECIMALS.SKY);

// Droplets, satoshi, wei of a text with all its decimals.
export function units(text, coin = 'SKY') {
  const [whole, fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(DECIMALS[coin], '0').slice(0, DECIMALS[coin]));
}

// What was paid in: ETH is listed in gwei, with the wei beside it.
export const depositValue = d => coins(BigInt(d.deposit_value_wei ?? d.deposit_value), DECIMALS[d.coin_type]);

export const short = text => text.length > 20 ? `${text.slice(0, 8)}…${text.slice(-6)}` : text;
export const count = n => Number(n).toLocaleString();

const time = new Intl.DateTimeFormat(undefined, {dateStyle: 'medium', timeStyle: 'medium'});
export const at = unix => unix ? time.format(new Date(1000 * unix)) : '';

export function ago(unix, now = Date.now() / 1000) {
  const s = Math.max(0, now - unix);
  const [n, unit] = s < 90 ? [s, 'second'] : s < 5400 ? [s / 60, 'minute'] : s < 129600 ? [s / 3600, 'hour'] : [s / 86400, 'day'];
  return new Intl.RelativeTimeFormat(undefined, {numeric: 'auto'}).format(-Math.round(n), unit);
}

export function bytes(n) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let i = 0, v = n;
  for (; v >= 1024 && i < units.length - 1; i++) v /= 1024;
  return `${v < 10 && i ? v.toFixed(1) : Math.round(v)} ${units[i]}`;
}

export const STATUS = {
  waiting_deposit: 'left the chain', waiting_decide: 'to be decided', waiting_passthrough: 'to be bought',
  waiting_passthrough_order_complete: 'being bought', waiting_send: 'to be sent', waiting_confirm: 'sent, unconfirmed', done: 'done',
};
export const statusText = s => STATUS[s] ?? s;
