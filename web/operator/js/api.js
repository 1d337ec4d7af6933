// The operator's API: reads only.  A token, where one is asked for, stays in this tab's session.
const KEY = 'teller.token';
const root = new URL('../', import.meta.url);
const PATIENCE_MS = 30000;

export class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

export const hasToken = () => Boolean(sessionStorage.getItem(KEY));
export const setToken = token => token ? sessionStorage.setItem(KEY, token) : sessionStorage.removeItem(KEY);

function headers() {
  const token = sessionStorage.getItem(KEY);
  return token ? {Authorization: `Bearer ${token}`} : {};
}

async function ask(path, query = {}, patienceMs = PATIENCE_MS) {
  const url = new URL(path, root);
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== '') url.searchParams.set(name, value);
  const abort = new AbortController();
  const timer = patienceMs && setTimeout(() => abort.abort(), patienceMs);
  try {
    const r = await fetch(url, {cache: 'no-store', headers: headers(), signal: abort.signal});
    if (!r.ok) throw new Refused(r.status, (await r.text()).trim() || `HTTP ${r.status}`);
    return r;
  } finally {
    clearTimeout(timer);
  }
}

export const get = async (path, query) => (await ask(path, query)).json();

// Downloads: a link would not carry the token.
export async function save(path, query, name) {
  const r = await ask(path, query, 0);
  const said = /filename="([^"]+)"/.exec(r.headers.get('content-disposition') ?? '')?.[1];
  const url = URL.createObjectURL(await r.blob());
  const a = document.createElement('a');
  a.href = url;
  a.download = said ?? name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}
