// QR codes (ISO/IEC 18004): byte mode, error correction level M, up to 213 bytes; a payment link has about a hundred.
// Of versions 1 to 10: codewords in all, codewords of correction in a block, blocks.
const SIZES = [[26, 10, 1], [44, 16, 1], [70, 26, 1], [100, 18, 2], [134, 24, 2],
  [172, 16, 4], [196, 18, 4], [242, 22, 4], [292, 22, 5], [346, 26, 5]];

// 0 where the module at row y, column x is flipped.
const MASKS = [(y, x) => (y + x) % 2, y => y % 2, (y, x) => x % 3, (y, x) => (y + x) % 3,
  (y, x) => ((y >> 1) + Math.floor(x / 3)) % 2, (y, x) => y * x % 2 + y * x % 3,
  (y, x) => (y * x % 2 + y * x % 3) % 2, (y, x) => ((y + x) % 2 + y * x % 3) % 2];

// the bytes

const headerBits = version => 4 + (version < 10 ? 8 : 16);
const dataRoom = version => {
  const [all, correction, blocks] = SIZES[version - 1];
  return all - correction * blocks;
};

function smallestVersion(length) {
  for (let v = 1; v <= SIZES.length; v++) if (headerBits(v) + 8 * length <= 8 * dataRoom(v)) return v;
  throw new RangeError(`${length} bytes do not fit into a QR code`);
}

function dataCodewords(bytes, version) {
  const bits = [];
  const push = (value, count) => { for (let i = count - 1; i >= 0; i--) bits.push(value >> i & 1); };
  push(4, 4);
  push(bytes.length, headerBits(version) - 4);
  for (const b of bytes) push(b, 8);
  const room = 8 * dataRoom(version);
  push(0, Math.min(4, room - bits.length));
  push(0, -bits.length & 7);
  for (let pad = 0xec; bits.length < room; pad ^= 0xec ^ 0x11) push(pad, 8);
  return Array.from({length: room / 8}, (_, i) => parseInt(bits.slice(8 * i, 8 * i + 8).join(''), 2));
}

// Reed-Solomon over GF(256), polynomial 0x11d

function multiply(a, b) {
  let product = 0;
  for (let i = 7; i >= 0; i--) product = product << 1 ^ (product >> 7) * 0x11d ^ (b >> i & 1) * a;
  return product;
}

function generator(degree) {
  let poly = [1];
  for (let i = 0, root = 1; i < degree; i++, root = multiply(root, 2)) {
    const next = [...poly, 0];
    poly.forEach((c, j) => { next[j + 1] ^= multiply(c, root); });
    poly = next;
  }
  return poly.slice(1);
}

function correctionOf(block, gen) {
  const rest = gen.map(() => 0);
  for (const b of block) {
    const factor = b ^ rest.shift();
    rest.push(0);
    gen.forEach((g, i) => { rest[i] ^= multiply(g, factor); });
  }
  return rest;
}

// The data in blocks of nearly equal length, each with its correction, interleaved.
function codewords(data, version) {
  const [, correction, count] = SIZES[version - 1];
  const gen = generator(correction);
  const short = Math.floor(data.length / count), shortBlocks = count - data.length % count;
  const blocks = [];
  for (let i = 0, at = 0; i < count; i++) {
    const length = short + (i >= shortBlocks);
    blocks.push(data.slice(at, at += length));
  }
  const across = (lists, length) => Array.from({length}, (_, i) => lists.map(l => l[i])).flat().filter(v => v !== undefined);
  return [...across(blocks, short + 1), ...across(blocks.map(b => correctionOf(b, gen)), correction)];
}

// the square

class Square {
  constructor(version) {
    this.version = version;
    this.size = 17 + 4 * version;
    const square = () => Array.from({length: this.size}, () => Array(this.size).fill(false));
    Object.assign(this, {dark: square(), fixed: square()});
  }

  set(y, x, dark) {
    if (!(y in this.dark) || !(x in this.dark)) return;
    this.dark[y][x] = Boolean(dark);
    this.fixed[y][x] = true;
  }

  // Rings round a centre; `light` is the distance at which they are light.
  rings(cy, cx, reach, light) {
    for (let dy = -reach; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++) {
        const distance = Math.max(Math.abs(dy), Math.abs(dx));
        this.set(cy + dy, cx + dx, !light.includes(distance));
      }
    }
  }

  drawPatterns() {
    const last = this.size - 1;
    for (let i = 0; i < this.size; i++) { this.set(6, i, i % 2 === 0); this.set(i, 6, i % 2 === 0); }
    this.rings(3, 3, 4, [2, 4]);
    this.rings(3, last - 3, 4, [2, 4]);
    this.rings(last - 3, 3, 4, [2, 4]);
    const places = alignmentPlaces(this.version), end = places.slice(-1)[0];
    for (const y of places)
      for (const x of places)
        if (!(y === 6 && (x === 6 || x === end) || y === end && x === 6)) this.rings(y, x, 2, [1]);
    this.drawVersion();
    this.drawFormat(0);     // kept free of data
  }

  drawVersion() {
    if (this.version < 7) return;
    const bits = this.version << 12 | remainder(this.version, 12, 0x1f25);
    for (let i = 0; i < 18; i++) {
      const a = this.size - 11 + i % 3, b = Math.floor(i / 3);
      this.set(b, a, bits >> i & 1);
      this.set(a, b, bits >> i & 1);
    }
  }

  drawFormat(mask) {        // level M is 00
    const bits = (mask << 10 | remainder(mask, 10, 0x537)) ^ 0x5412;
    for (let i = 0; i < 15; i++) {
      const along = i < 6 ? i : i < 8 ? i + 1 : this.size - 15 + i;
      const back = i < 8 ? this.size - 1 - i : i < 9 ? 7 : 14 - i;
      this.set(along, 8, bits >> i & 1);
      this.set(8, back, bits >> i & 1);
    }
    this.set(this.size - 8, 8, true);
  }

  // From the lower right in columns of two, up and down.
  drawData(words) {
    let bit = 0;
    for (let right = this.size - 1; right > 0; right -= 2) {
      if (right === 6) right--;
      const up = (right + 1 & 2) === 0;
      for (let i = 0; i < this.size; i++) {
        const y = up ? this.size - 1 - i : i;
        for (const x of [right, right - 1])
          if (!this.fixed[y][x]) { this.dark[y][x] = (words[bit >> 3] >> 7 - (bit & 7) & 1) === 1; bit++; }
      }
    }
  }

  flip(mask) {
    for (let y = 0; y < this.size; y++)
      for (let x = 0; x < this.size; x++)
        if (!this.fixed[y][x] && !MASKS[mask](y, x)) this.dark[y][x] = !this.dark[y][x];
  }

  // How hard it is to read; the mask with the least is taken.
  penalty() {
    const lines = [...this.dark, ...this.dark.map((_, x) => this.dark.map(row => row[x]))]
      .map(line => line.map(Number).join(''));
    let sum = 0;
    for (const line of lines) {
      for (const run of line.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2;
      for (let i = 0; i + 11 <= line.length; i++)
        if (['10111010000', '00001011101'].includes(line.slice(i, i + 11))) sum += 40;
    }
    for (let y = 1; y < this.size; y++)
      for (let x = 1; x < this.size; x++)
        if (lines[y][x] + lines[y][x - 1] + lines[y - 1][x] + lines[y - 1][x - 1] in {'0000': 0, '1111': 0}) sum += 3;
    const share = this.dark.flat().filter(Boolean).length / this.size ** 2;
    return sum + 10 * Math.floor(Math.abs(share - 0.5) * 20);
  }

  withMask(mask) {
    this.flip(mask);
    this.drawFormat(mask);
    const penalty = this.penalty();
    this.flip(mask);
    return penalty;
  }
}

function alignmentPlaces(version) {
  if (version === 1) return [];
  const last = 10 + 4 * version;
  return version < 7 ? [6, last] : [6, 6 + (last - 6) / 2, last];
}

// Of a BCH code: what `value`, moved up by `bits`, leaves when divided.
function remainder(value, bits, divisor) {
  let rest = value << bits;
  for (let i = 31 - Math.clz32(rest | 1); i >= bits; i--) if (rest >> i & 1) rest ^= divisor << i - bits;
  return rest;
}

// Rows of modules, true for dark, without the quiet zone.
export function qrCode(text) {
  const bytes = new TextEncoder().encode(text);
  const version = smallestVersion(bytes.length);
  const square = new Square(version);
  square.drawPatterns();
  square.drawData(codewords(dataCodewords(bytes, version), version));
  const penalties = MASKS.map((_, mask) => square.withMask(mask));
  const mask = penalties.indexOf(Math.min(...penalties));
  square.flip(mask);
  square.drawFormat(mask);
  return square.dark;
}
