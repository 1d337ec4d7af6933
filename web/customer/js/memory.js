// What the page remembers: SKY addresses and the deposit addresses they were given, in the browser's
// local storage and nowhere else; the service never shows a deposit address again.
const KEY = 'teller.orders';
const MAX_ORDERS = 50;

let orders = read();        // [{sky, deposits: [{coin, address, at}]}], the last used first
let kept = true;            // false: the browser refuses; it lasts as long as the page

function isDeposit(d) {
  return typeof d?.coin === 'string' && typeof d.address === 'string' && Number.isInteger(d.at);
}

function isOrder(o) {
  return typeof o?.sky === 'string' && Array.isArray(o.deposits) && o.deposits.every(isDeposit);
}

function read() {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY));
    return Array.isArray(stored) ? stored.filter(isOrder) : [];
  } catch {
    return [];
  }
}

function write() {
  try {
    localStorage.setItem(KEY, JSON.stringify(orders));
    kept = true;
  } catch {
    kept = false;
  }
}

export const allOrders = () => orders;
export const isKept = () => kept;
export const orderOf = sky => orders.find(o => o.sky === sky);

// The last address for `coin` that `sky` was given.
export const depositOf = (sky, coin) => orderOf(sky)?.deposits.filter(d => d.coin === coin).pop();

// Moves the order of `sky` to the front, making it first.  Another tab may have written meanwhile.
export function remember(sky, deposit) {
  if (kept) orders = read();
  const order = orderOf(sky) ?? {sky, deposits: []};
  if (deposit) order.deposits.push(deposit);
  orders = [order, ...orders.filter(o => o.sky !== sky)].slice(0, MAX_ORDERS);
  write();
}

export function forgetAll() {
  orders = [];
  try {
    localStorage.removeItem(KEY);
  } catch {
    kept = false;
  }
}

// Another tab's changes, or another page's while one could go back to this.
export function onChangeElsewhere(changed) {
  const again = () => {
    if (kept) orders = read();
    changed();
  };
  addEventListener('storage', e => { if (e.key === KEY || e.key === null) again(); });
  addEventListener('pageshow', e => { if (e.persisted) again(); });
}

export const exported = () => JSON.stringify({application: 'teller', orders}, null, 2);
