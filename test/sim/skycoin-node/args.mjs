// Reading what a request of the REST API says; what cannot be read is a 400 with the node's text.
import {Refusal} from './gate.mjs';

export const bad = message => new Refusal(400, message);

// Runs f; what it throws becomes a 400 with the same text.
export function orBad(f) {
  try {
    return f();
  } catch (e) {
    throw e instanceof Refusal ? e : bad(e.message);
  }
}

export const splitList = text => (text ?? '').split(',').map(s => s.trim()).filter(s => s);

export function parseNumber(name, text) {
  if (!/^\d+$/.test(text ?? '')) throw bad(`Invalid ${name} value "${text ?? ''}"`);
  return BigInt(text);
}

export function jsonBody(text) {
  if (text === '') throw bad('EOF');
  try {
    return JSON.parse(text);
  } catch {
    throw bad('unexpected EOF');
  }
}

export const isSet = value => value === '1' || value === 'true';

// --- of both generations --------------------------------------------------------------------------

export const GET = ['GET'];
export const POST = ['POST'];
export const BOTH = ['GET', 'POST'];

export const findTransaction = (chain, txid) => chain.pool.get(txid) ?? chain.confirmed.get(txid);

// Those that spend or make an output of `bodies`; all when there are none.
export function transactionsOf(chain, bodies, confirmedOnly) {
  const touches = ({t}) => [...t.outputs, ...t.inputs.map(id => chain.outputs.get(id))].some(o => o && bodies.has(o.body));
  const pool = confirmedOnly ? [] : [...chain.pool.values()];
  return [...chain.confirmed.values(), ...pool].filter(f => !bodies.size || touches(f));
}

const peerAddress = n => `127.0.0.1:${50000 + n}`;
export const eachPeer = (node, f) => Array.from({length: node.peers}, (_, n) => f(n + 1, peerAddress(n + 1)));

// The block that ?seq= or ?hash= asks for; `number` reads the seq.
export function requestedBlock(chain, args, number, hash) {
  if (args.seq && args.hash) throw bad('should only specify one filter, hash or seq');
  if (!args.seq && !args.hash) throw bad('should specify one filter, hash or seq');
  const found = args.hash ? chain.blocks.find(b => b.hash === hash(args.hash)) : chain.blocks[Number(number(args.seq))];
  if (!found) throw new Refusal(404);
  return found;
}
