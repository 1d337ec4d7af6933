// What the node checks of a request before any endpoint sees it, in its order, and how it words a
// refusal: v1 as plain text, v2 as an object.
import {createHmac, randomBytes, timingSafeEqual} from 'node:crypto';
import {goJson} from './gojson.mjs';

const REASONS = {400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed',
  415: 'Unsupported Media Type', 422: 'Unprocessable Entity', 500: 'Internal Server Error', 501: 'Not Implemented', 503: 'Service Unavailable'};

// Thrown by checks and endpoints: a refusal with its status; `data` goes along in v2.
export class Refusal extends Error {
  constructor(status, message = '', data) {
    super(message);
    Object.assign(this, {status, data});
  }
}

const isV2 = path => path.startsWith('/api/v2/');

export function refusalAnswer(path, r) {
  const headers = r.status === 401 ? {'WWW-Authenticate': 'Basic realm="skycoin daemon"'} : {};
  if (isV2(path)) {
    const error = {message: r.message || REASONS[r.status], code: r.status};
    return {status: r.status, type: 'application/json', body: goJson(r.data ? {error, data: r.data} : {error}), headers};
  }
  const body = `${r.status} ${REASONS[r.status]}${r.message ? ' - ' + r.message : ''}\n`;
  return {status: r.status, type: 'text/plain; charset=utf-8', body, headers: {...headers, 'X-Content-Type-Options': 'nosniff'}};
}

// --- CSRF tokens: base64 of {Nonce, ExpiresAt}, a dot, base64 of its HMAC ----------------------

const TOKEN_MS = 30000;

export class Csrf {
  constructor(now) {
    this.now = now;
    this.key = randomBytes(32);
  }
  mac(text) { return createHmac('sha256', this.key).update(text).digest(); }
  token() {
    const text = Buffer.from(JSON.stringify({Nonce: randomBytes(64).toString('base64'),
      ExpiresAt: new Date(this.now() + TOKEN_MS).toISOString()})).toString('base64url');
    return `${text}.${this.mac(text).toString('base64url')}`;
  }
  check(token) {
    const parts = (token ?? '').split('.');
    if (parts.length !== 2) throw new Refusal(403, 'invalid CSRF token');
    const mac = Buffer.from(parts[1], 'base64url');
    if (mac.length !== 32 || !timingSafeEqual(mac, this.mac(parts[0])))
      throw new Refusal(403, 'invalid CSRF token signature');
    const {ExpiresAt} = JSON.parse(Buffer.from(parts[0], 'base64url'));
    if (this.now() > Date.parse(ExpiresAt)) throw new Refusal(403, 'csrf token expired');
  }
}

// The old generation's: random bytes, and only the newest is good.
export class LegacyCsrf {
  constructor(now) {
    this.now = now;
    this.current = null;
  }
  token() {
    this.current = {text: randomBytes(64).toString('base64url'), endsMs: this.now() + TOKEN_MS};
    return this.current.text;
  }
  check(token) {
    if (!this.current || token !== this.current.text || this.now() > this.current.endsMs)
      throw new Refusal(403, 'invalid CSRF token');
  }
}

// --- the checks -------------------------------------------------------------------------------

function checkAuth(node, req) {
  const wanted = node.auth ? 'Basic ' + Buffer.from(node.auth).toString('base64') : undefined;
  if (req.headers.authorization !== wanted) throw new Refusal(401);
}

function checkContentType(node, req, path) {
  const type = (req.headers['content-type'] ?? '').split(';')[0].trim();
  if (isV2(path) && req.method === 'POST' && type !== 'application/json') throw new Refusal(415);
}

export const ownHosts = port => [`127.0.0.1:${port}`, `localhost:${port}`];

export function checkHost(req, hosts, text = '') {
  const {host} = req.headers;
  if (host && !hosts.includes(host)) throw new Refusal(403, text);
}

function checkOrigin(req, hosts, text = '') {
  const from = req.headers.origin || req.headers.referer;
  if (!from) return;
  const host = URL.canParse(from) ? new URL(from).host : '';
  if (!hosts.includes(host)) throw new Refusal(403, text);
}

function checkCsrf(node, req) {
  if (node.csrfEnabled && ['POST', 'PUT', 'DELETE'].includes(req.method))
    node.csrf.check(req.headers['x-csrf-token']);
}

export function checkRequest(node, req, path, hosts) {
  checkAuth(node, req);
  checkContentType(node, req, path);
  checkHost(req, hosts, 'Invalid Host');
  checkOrigin(req, hosts, 'Invalid Origin or Referer');
  checkCsrf(node, req);
}

export function checkLegacyRequest(node, req, path, hosts) {
  checkHost(req, hosts);
  checkOrigin(req, hosts);
  checkCsrf(node, req);
}
