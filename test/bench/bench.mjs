// make bench: speed and memory, each figure with its yardstick measured in the same run.
//   node test/bench/bench.mjs [--only NAME,NAME] [--verbose]
process.env.TELLER_BIN ??= 'build';
process.env.TELLER_TEST_DEADLINE_MS ??= '120000';
const {parseArgs} = await import('node:util');
const os = await import('node:os');
const path = await import('node:path');
const report = await import('./report.mjs');
const {measureDisk} = await import('./yardsticks.mjs');

const pieces = {
  start: async () => (await import('./start.mjs')).measureStart,
  memory: async () => (await import('./memory.mjs')).measureMemory,
  idle: async () => (await import('./idle.mjs')).measureIdle,
  http: async () => (await import('./http.mjs')).measureHttp,
  connections: async () => (await import('./idle_connections.mjs')).measureConnections,
  binds: async () => (await import('./binds.mjs')).measureBinds,
  queue: async () => (await import('./queue.mjs')).measureQueue,
  deposits: async () => (await import('./deposits.mjs')).measureDeposits,
  blocks: async () => (await import('./blocks.mjs')).measureBlocks,
  watched: async () => (await import('./watched.mjs')).measureWatched,
  ethereum: async () => (await import('./eth_blocks.mjs')).measureEthereum,
  admin: async () => (await import('./admin_lists.mjs')).measureAdminLists,
  admin_large: async () => (await import('./admin_large.mjs')).measureAdminLarge,
};

const {values: opt} = parseArgs({options: {only: {type: 'string'}, verbose: {type: 'boolean', default: false}}});
const chosen = opt.only ? opt.only.split(',') : Object.keys(pieces);

const started = Date.now();
const disk = measureDisk();
report.figure({what: 'fsyncs of this disk', value: disk.fsyncs, unit: '/s'});
report.figure({what: 'SQLite rows, 1 in a commit', value: disk.rows1, unit: '/s'});
report.figure({what: 'SQLite rows, 100 in a commit', value: disk.rows100, unit: '/s'});
for (const name of chosen) {
  process.stderr.write(`${name} ...\n`);
  await (await pieces[name]())(disk, opt);
}
console.log();
report.print();
const file = path.resolve('build/bench.json');
report.save(file, {when: new Date().toISOString(), seconds: (Date.now() - started) / 1000, cpus: os.cpus().map(c => c.model), load: os.loadavg()});
console.log(`\n${path.relative('.', file)} has the same; ${Math.round((Date.now() - started) / 1000)} s, load ${os.loadavg()[0].toFixed(1)}`);
