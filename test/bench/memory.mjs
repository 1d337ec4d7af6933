// What the four daemons take when nothing happens: proportional set size (shared pages divided
// among those who share them) as the kernel counts it.
import {readFileSync} from 'node:fs';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {Bitcoin} from '../e2e/lib/bitcoin.mjs';
import {Sky} from '../e2e/lib/sky.mjs';
import {DAEMONS} from '../e2e/lib/teller.mjs';
import {until} from '../e2e/lib/wait.mjs';
import {figure} from './report.mjs';
import {withTeller} from './service.mjs';
import {PROGRAM} from './yardsticks.mjs';

const MB = 1024;        // the kernel counts in kB
const KEYS = ['Pss', 'Private_Clean', 'Private_Dirty'];

const kb = (text, key) => [...text.matchAll(new RegExp(`^${key}: +(\\d+) kB`, 'gm'))].reduce((s, m) => s + Number(m[1]), 0);
const rollup = pid => {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Object.fromEntries(KEYS.map(k => [k, kb(text, k)]));
};

// The largest mappings by name: [{name, pss}].
function mappings(pid) {
  const sum = new Map();
  for (const part of readFileSync(`/proc/${pid}/smaps`, 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)) {
    const name = part.split('\n', 1)[0].split(/\s+/)[5] || '[anonymous]';
    sum.set(name, (sum.get(name) ?? 0) + kb(part, 'Pss'));
  }
  return [...sum].map(([name, pss]) => ({name, pss})).sort((a, b) => b.pss - a.pss).slice(0, 12);
}

function tell(teller, verbose) {
  for (const name of DAEMONS) {
    const {pid} = teller.daemons[name];
    const r = rollup(pid);
    console.error(`    ${name}: ${r.Pss} kB, of its own ${r.Private_Clean + r.Private_Dirty} kB`);
    if (verbose) for (const m of mappings(pid)) console.error(`      ${String(m.pss).padStart(6)} ${m.name}`);
  }
}

const sumPss = pids => pids.reduce((s, pid) => s + rollup(pid).Pss, 0);

// Four processes with a loop and an empty database: what the libraries cost by themselves.
async function bareKb() {
  const children = DAEMONS.map(() => spawn(PROGRAM, ['idle'], {stdio: ['ignore', 'pipe', 'inherit']}));
  await Promise.all(children.map(c => once(c.stdout, 'data')));
  const pss = sumPss(children.map(c => c.pid));
  await Promise.all(children.map(c => { c.kill('SIGTERM'); return once(c, 'exit'); }));
  return pss;
}

async function measure(what, teller, yard, opt) {
  await teller.startAll();
  await until('the daemons to be idle', async () => (await teller.problems()).length === 0);
  tell(teller, opt.verbose);
  figure({what, value: sumPss(DAEMONS.map(n => teller.daemons[n].pid)) / MB, unit: 'MB', target: 16, most: true,
    yard: {what: 'four bare processes', value: yard / MB, unit: 'MB'},
    note: DAEMONS.map(n => `${n} ${(rollup(teller.daemons[n].pid).Pss / MB).toFixed(1)}`).join(', ')});
}

export async function measureMemory(_disk, opt) {
  const yard = await bareKb();
  await withTeller({dummy: {scanner: true, sender: true}}, teller => measure('idle PSS, dummy mode', teller, yard, opt));
  await withTeller({}, async teller => {
    const nodes = await Promise.all([
      Bitcoin.start({dir: teller.file('bitcoin'), log: teller.file('bitcoin.log')}),
      Sky.start({log: teller.file('skycoin.log')})]);
    try {
      teller.configure({btc_rpc: {server: nodes[0].server, user: 'rpc', pass: 'regtest'}, sky_rpc: {address: nodes[1].address}});
      await measure('idle PSS, real nodes', teller, yard, opt);
    } finally {
      await Promise.all(nodes.map(n => n.process.kill()));   // nothing of theirs is kept
    }
  });
}
