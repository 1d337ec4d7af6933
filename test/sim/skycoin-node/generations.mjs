// The generations of node that operators run, and in what they differ.
import {earlyEndpoints, endpoints} from './endpoints.mjs';
import {Csrf, LegacyCsrf, checkLegacyRequest, checkRequest} from './gate.mjs';
import {legacyEndpoints} from './legacy_endpoints.mjs';
import {LEGACY, MODERN} from './rules.mjs';

const modern = {
  version: '0.27.1', policy: MODERN, endpoints, Csrf, check: checkRequest, injectPath: '/api/v1/injectTransaction',
  rpcPath: null,            // of the JSON-RPC
  rpcDoor: false,           // which has a port of its own
  keepsUnsent: false,       // what could not be broadcast stays in the pool
  noPeerText: 'No addresses provided',
};

export const generations = {
  modern,
  early: {...modern, version: '0.24.1', policy: {...MODERN, burnFactor: 2n}, endpoints: earlyEndpoints, rpcPath: '/api/v1/webrpc'},
  legacy: {version: '0.22.0', policy: LEGACY, endpoints: legacyEndpoints, Csrf: LegacyCsrf, check: checkLegacyRequest,
    injectPath: '/injectTransaction', rpcPath: '/webrpc', rpcDoor: true, keepsUnsent: true, noPeerText: 'Connection pool is empty'},
};

export function generationOf(name) {
  if (!Object.hasOwn(generations, name)) throw new Error(`generation is one of ${Object.keys(generations).join(', ')}`);
  return generations[name];
}
