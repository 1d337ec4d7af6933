// Runs a command while its processes are stopped at random, one or two at a time, each for up to so many
// milliseconds: node scripts/unsteady.mjs MILLISECONDS COMMAND...
// That is what a machine with too much to do does to a test.  Whatever fails here and nowhere else relies on
// the pace of the machine, or has found a race of the product.  (Programs that are given a terminal by
// `script` hang: it stops with its child, and nobody wakes it.)
import {spawn} from 'node:child_process';
import {readFileSync, readdirSync} from 'node:fs';
import {setTimeout as later} from 'node:timers/promises';

const AT_ONCE = 2;
const LEAST_MS = 20, BETWEEN_MS = 300;

const [most, file, ...args] = process.argv.slice(2);
const child = spawn(file, args, {stdio: 'inherit'});
const stopped = new Set();
let isOver = false;

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {}      // it has ended
}

child.on('exit', status => {
  isOver = true;
  for (const pid of stopped) signal(pid, 'SIGCONT');
  process.exitCode = status ?? 1;
});

// {pid, state, parent} of every process.
const processes = () => readdirSync('/proc').filter(n => /^\d+$/.test(n)).flatMap(n => {
  try {
    const stat = readFileSync(`/proc/${n}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [{pid: Number(n), state, parent: Number(parent)}];
  } catch {
    return [];
  }
});

// What was started below, and is not stopped by somebody else.
function victims() {
  const all = processes();
  const below = pid => all.filter(p => p.parent === pid).flatMap(p => [p, ...below(p.pid)]);
  return below(child.pid).filter(p => !'TtZ'.includes(p.state) && !stopped.has(p.pid));
}

async function stopNowAndThen() {
  while (!isOver) {
    await later(LEAST_MS + Math.random() * BETWEEN_MS);
    const all = victims();
    if (!all.length) continue;
    const {pid} = all[Math.floor(Math.random() * all.length)];
    stopped.add(pid);
    signal(pid, 'SIGSTOP');
    await later(LEAST_MS * (Number(most) / LEAST_MS) ** Math.random());
    signal(pid, 'SIGCONT');
    stopped.delete(pid);
  }
}

for (let n = 0; n < AT_ONCE; n++) stopNowAndThen();
