// The service under measurement: release binaries, a data directory of its own.
import {Teller} from '../e2e/lib/teller.mjs';

// `conf`: changes to the harness's defaults; the service is stopped and removed whatever happens.
export async function withTeller(conf, body, more = {}) {
  const teller = await Teller.create({conf, ...more});
  try {
    return await body(teller);
  } finally {
    await teller.stopAll();
    teller.remove();
  }
}
