// Days as the service counts them, in UTC, each with its figures.
const EMPTY = {deposits: 0, sent: '0', received: {BTC: '0', ETH: '0', SKY: '0'}};

// Names of the last `n` days, today last, as the service counts them: UTC.
export function lastDays(n, now = Date.now()) {
  return Array.from({length: n}, (_, i) => new Date(now - (n - 1 - i) * 86400000).toISOString().slice(0, 10));
}

// A period for each of the days, also for those on which nothing came.
export function fillDays(periods, names) {
  const known = new Map(periods.map(p => [p.period, p]));
  return names.map(name => known.get(name) ?? {...EMPTY, period: name});
}
