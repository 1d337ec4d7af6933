// SHA-256.  The browser's own (crypto.subtle) is missing on pages that came over plain HTTP from
// another machine, and a mistyped address must be found there too.
const K = constants(64, n => Math.cbrt(n));
const START = constants(8, n => Math.sqrt(n));

// The first 32 bits of the fractions of roots of the first primes, as the standard defines them.
function constants(count, root) {
  const found = [];
  for (let n = 2; found.length < count; n++)
    if (isPrime(n)) found.push((root(n) % 1) * 2 ** 32 | 0);
  return found;
}

function isPrime(n) {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
  return true;
}

const rotate = (x, n) => x >>> n | x << 32 - n;

function padded(bytes) {
  const room = new Uint8Array((bytes.length + 9 + 63 >> 6) * 64);
  room.set(bytes);
  room[bytes.length] = 0x80;
  new DataView(room.buffer).setUint32(room.length - 4, bytes.length * 8);
  return new DataView(room.buffer);
}

function schedule(block, at) {
  const w = new Int32Array(64);
  for (let i = 0; i < 16; i++) w[i] = block.getInt32(at + 4 * i);
  for (let i = 16; i < 64; i++) {
    const a = w[i - 15], b = w[i - 2];
    const s0 = rotate(a, 7) ^ rotate(a, 18) ^ a >>> 3;
    const s1 = rotate(b, 17) ^ rotate(b, 19) ^ b >>> 10;
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  return w;
}

function compress(state, w) {
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = h + s1 + (e & f ^ ~e & g) + K[i] + w[i] | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = s0 + (a & b ^ a & c ^ b & c) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, d + t1 | 0, c, b, a, t1 + t2 | 0];
  }
  return [a, b, c, d, e, f, g, h].map((v, i) => v + state[i] | 0);
}

// The digest of up to 2^29 bytes, as 32 bytes.
export function sha256(bytes) {
  const blocks = padded(bytes);
  let state = START;
  for (let at = 0; at < blocks.byteLength; at += 64) state = compress(state, schedule(blocks, at));
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((v, i) => digest.setInt32(4 * i, v));
  return new Uint8Array(digest.buffer);
}
