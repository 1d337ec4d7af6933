// From starting all four daemons to the first 200 of /api/config.
import {execFileSync} from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import {setImmediate as turn} from 'node:timers/promises';
import {DAEMONS} from '../e2e/lib/teller.mjs';
import {figure, median} from './report.mjs';
import {withTeller} from './service.mjs';

const TIMES = 5;

const status = url => new Promise(yes => {
  http.get(url, {agent: false}, res => { res.resume(); yes(res.statusCode); }).on('error', () => yes(0));
});

async function firstAnswerMs(teller) {
  const before = performance.now();
  for (const name of DAEMONS) teller.start(name);
  while (await status(`${teller.public}/api/config`) !== 200) {
    if (performance.now() - before > 20000) throw new Error(`no answer: ${teller.logs()}`);
    await turn();
  }
  return performance.now() - before;
}

// What the programs need before their first own instruction, one after the other.
function loadMs() {
  const before = performance.now();
  for (const name of DAEMONS) execFileSync(path.join(process.env.TELLER_BIN, name), ['--version']);
  return performance.now() - before;
}

async function measureOnce() {
  return withTeller({dummy: {scanner: true, sender: true}}, async teller => {
    const first = await firstAnswerMs(teller);
    await teller.ready();
    await teller.stopAll();
    const again = await firstAnswerMs(teller);
    await teller.ready();
    return {first, again, load: loadMs()};
  });
}

export async function measureStart() {
  const all = [];
  for (let i = 0; i < TIMES; i++) all.push(await measureOnce());
  const of = key => median(all.map(t => t[key]));
  const yard = {what: 'all four, --version only', value: of('load'), unit: 'ms'};
  figure({what: 'first 200 after the start', value: of('again'), unit: 'ms', target: 150, most: true, yard, note: `median of ${TIMES}`});
  figure({what: 'the same, with no database yet', value: of('first'), unit: 'ms', target: 150, most: true, yard, note: `median of ${TIMES}`});
}
