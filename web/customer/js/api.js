// Teller's public API.  An answer is its JSON, or one of two failures: the service refused in words of
// its own, or nobody that is Teller answered.
const root = new URL('../', import.meta.url);
const PATIENCE_MS = 20000;
const BIND_PATIENCE_MS = 60000;    // an answer not waited for is an address lost

export class Refused extends Error {
  constructor(status, text, retryAfterS) {
    super(text);
    Object.assign(this, {status, retryAfterS});
  }
}

export class Unreachable extends Error {}

async function ask(path, options, patienceMs = PATIENCE_MS) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), patienceMs);
  try {
    const r = await fetch(new URL(path, root), {cache: 'no-store', signal: abort.signal, ...options});
    return {r, text: await r.text()};
  } catch (e) {
    throw new Unreachable(e.message);
  } finally {
    clearTimeout(timer);
  }
}

// A proxy's page of HTML is not the service's word.
function refusal(r, text) {
  const words = /^text\/plain/.test(r.headers.get('content-type') ?? '') && text.trim();
  return new Refused(r.status, words || `HTTP ${r.status}`, Math.max(0, Math.ceil(r.headers.get('retry-after')) || 0));
}

async function json(...question) {
  const {r, text} = await ask(...question);
  if (!r.ok) throw refusal(r, text);
  try {
    return Object(JSON.parse(text));
  } catch {
    throw new Unreachable('the answer is not JSON');
  }
}

export const getConfig = () => json('api/config');
export const getHealth = () => json('api/health');

// Entries of a SKY address; none for one that is not known.
export const getStatus = async sky => (await json(`api/status?skyaddr=${encodeURIComponent(sky)}`)).statuses ?? [];

// The deposit address: somebody will pay to it.
export async function bind(skyaddr, coin) {
  const {deposit_address: address, coin_type} = await json('api/bind', {
    method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({skyaddr, coin_type: coin})}, BIND_PATIENCE_MS);
  if (typeof address !== 'string' || !address || coin_type !== coin) throw new Unreachable('no address in it');
  return address;
}
