// Waiting for a condition, never for a time: asked again and again until it holds or the deadline
// passes.
const DEADLINE_MS = Number(process.env.TELLER_TEST_DEADLINE_MS ?? 60000);
const BETWEEN_MS = 20;

const later = ms => new Promise(yes => setTimeout(yes, ms));

// The first truthy answer of `condition`.  What it throws counts as "not yet"; after the deadline
// the error says `what` was waited for, and the last answer or error.  The last look begins after the
// deadline: who was kept from looking, by a machine that had no time for the test, looks once more.
export async function until(what, condition, {deadlineMs = DEADLINE_MS} = {}) {
  const end = performance.now() + deadlineMs;
  let last;
  for (;;) {
    const isOver = performance.now() > end;
    try {
      last = await condition();
      if (last) return last;
    } catch (e) {
      last = e;
    }
    if (isOver) throw new Error(`waited ${deadlineMs} ms for ${what}; last: ${shown(last)}`);
    await later(BETWEEN_MS);
  }
}

// A day ends at midnight in UTC: what counts by days waits for the next one when little is left of this.
const SHORT_S = 120;
const secondsLeft = () => 86400 - Math.floor(Date.now() / 1000) % 86400;
export const aWholeDay = () => until('the next day', () => secondsLeft() > SHORT_S, {deadlineMs: 1000 * SHORT_S + 10000});

const shown = last => last instanceof Error ? last.stack : JSON.stringify(last);
