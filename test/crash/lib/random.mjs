// Chance that can be repeated: the same seed, the same numbers (mulberry32).
export class Random {
  constructor(seed) { this.state = this.seed = seed >>> 0; }

  // 0 <= n < below
  under(below) {
    this.state = this.state + 0x6d2b79f5 >>> 0;
    let t = this.state;
    t = Math.imul(t ^ t >>> 15, t | 1);
    t ^= t + Math.imul(t ^ t >>> 7, t | 61);
    return ((t ^ t >>> 14) >>> 0) % below;
  }
  between(low, high) { return low + this.under(high - low + 1); }
  oneOf(list) { return list[this.under(list.length)]; }
  // `count` different ones
  some(list, count) {
    const left = [...list];
    return Array.from({length: count}, () => left.splice(this.under(left.length), 1)[0]);
  }
  oneIn(n) { return this.under(n) === 0; }
}

// SEED of the environment, or one that has not been before.
export const newSeed = () => Number(process.env.SEED ?? Date.now() % 1000000007);
