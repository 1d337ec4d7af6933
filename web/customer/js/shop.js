// What the service's answers mean for a customer: one state of the shop, and which coins it takes.
import {COINS} from './amount.js';

// The node's words for a wallet that has too little.
const SOLD_OUT = /not enough coins|no unspents|insufficient/i;

// What a problem means to customers that means nothing to them.
const NOTHING = 'nothing for now';

// {config, health} as answered, or undefined; failure: the last attempt's error, or null.
// open | closed | sold_out | paused | degraded | unreachable | loading
export function shopState({config, health, failure}) {
  if (failure) return 'unreachable';
  if (!config || !health) return 'loading';
  if (!takesOrders(config)) return 'closed';
  return payoutState(health) ?? (isDegraded(health) ? 'degraded' : 'open');
}

// Why payouts wait, if they do.
export function payoutState(health) {
  const error = health?.exchange?.sender_error;
  if (!error) return null;
  return SOLD_OUT.test(error) ? 'sold_out' : 'paused';
}

export const isBuyingLate = health => Boolean(health?.exchange?.processor_error);
// What the service has to say to customers about its problems.
export const problemTexts = health => [...new Set((health.problems ?? []).map(p => p.customers).filter(text => text && text !== NOTHING))];

// Not by a problem that is the operator's alone.
function isDegraded(health) {
  const isTheirs = health.problems?.length > 0 && !problemTexts(health).length;
  return health.status !== 'OK' && !isTheirs || isBuyingLate(health);
}

// Coins that can be paid with: ones the page knows how to write, and the service takes.
export const enabledCoins = config =>
  Object.keys(COINS).filter(coin => config?.deposits?.[coin.toLowerCase()]?.enabled);

export const takesOrders = config => Boolean(config?.enabled) && enabledCoins(config).length > 0;
export const depositOfCoin = (config, coin) => config.deposits[coin.toLowerCase()];
export const isMarket = config => config?.buy_method === 'passthrough';

// Spendable SKY as text; null while the wallet cannot be read.
export function stockText(health) {
  const coins = health?.exchange?.balance?.coins;
  if (coins === undefined || payoutState(health) === 'paused' && /^0*\.?0*$/.test(coins)) return null;
  return coins;
}
