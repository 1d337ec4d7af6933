// The recorded and computed vectors of test/vectors/data/skycoin.
import {readFileSync} from 'node:fs';

export const vectors = name => JSON.parse(
  readFileSync(new URL(`../../vectors/data/skycoin/${name}.json`, import.meta.url), 'utf8'));
