// The soak of `make soak`, short: the same storm for sixty deaths.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {newSeed} from './lib/random.mjs';
import {figures, soak, startSoak} from './lib/soak.mjs';

const PLAN = {payouts: 120, deaths: 60, generations: ['modern', 'legacy']};

test('killed, robbed, reorganised, misled: every deposit is paid once', async suite => {
  const plan = {...PLAN, seed: newSeed()};
  console.log(`SEED=${plan.seed}`);
  const world = await startSoak(suite, plan.generations);
  await soak(world, plan);
  const seen = Object.fromEntries(await figures(world));
  for (const what of ['reorganisations', 'thefts']) assert.ok(seen[what] > 0, `no ${what}: ${JSON.stringify(seen)}`);
});
