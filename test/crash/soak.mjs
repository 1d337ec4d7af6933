// The soak at its full length, run by `make soak`: see lib/soak.mjs.  Prints figures.  SEED=n in the
// environment repeats the choices that were made; the instants at which they strike are the machine's.
import {writeFileSync} from 'node:fs';
import {figures, soak, startSoak} from './lib/soak.mjs';
import {newSeed} from './lib/random.mjs';

const plan = {seed: newSeed(), payouts: 2000, deaths: 1000, generations: ['modern', 'legacy']};

function print(rows) {
  for (const [name, value] of rows) console.log(`${name.padEnd(32)}${String(value).padStart(10)}`);
}

function report(world, e) {
  process.env.TELLER_TEST_KEEP = '1';
  const file = world.teller.file('failure.txt');
  writeFileSync(file, e.stack);
  console.error(`${e.message.slice(0, 2000)}\nSEED=${plan.seed}; all of it is in ${file}, beside the logs and the database`);
  process.exitCode = 1;
}

console.log(`SEED=${plan.seed}`);
const startedMs = Date.now();
const ends = [];
const world = await startSoak({after: end => ends.push(end)}, plan.generations);
try {
  await soak(world, plan).finally(async () => print([...await figures(world), ['duration, s', Math.round((Date.now() - startedMs) / 1000)]]));
  console.log('the books balance');
} catch (e) {
  report(world, e);
} finally {
  for (const end of ends) await end();
}
