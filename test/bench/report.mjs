// The table that is printed and build/bench.json: one row a figure, each beside its yardstick of
// the same run.
import {mkdirSync, writeFileSync} from 'node:fs';

export const rows = [];

// `target`: what is wanted; `most`: it is a ceiling, not a floor.  `yard`: {what, value, unit}.
export function figure({what, value, unit, target, most = false, yard, note = ''}) {
  const reached = target === undefined ? undefined : most ? value <= target : value >= target;
  rows.push({what, value, unit, target, most, reached, yardstick: yard, note});
  process.stderr.write(`  ${what}: ${shown(value)} ${unit}\n`);
}

export function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

const shown = n => n >= 100 ? Math.round(n).toLocaleString('en-US') : String(Number(n.toPrecision(3)));
const verdict = r => r.reached === undefined ? '' : r.reached ? 'yes' : 'NO';
const wanted = r => r.target === undefined ? '' : `${r.most ? '<=' : '>='} ${shown(r.target)}`;
const yardText = y => y ? `${y.what}: ${shown(y.value)} ${y.unit}` : '';

const cells = r => [r.what, `${shown(r.value)} ${r.unit}`, wanted(r), verdict(r), yardText(r.yardstick), r.note];
const HEAD = ['figure', 'measured', 'wanted', 'met', 'yardstick, same run', ''];

export function print() {
  const table = [HEAD, ...rows.map(cells)];
  const width = HEAD.map((_, i) => Math.max(...table.map(row => row[i].length)));
  for (const row of table) console.log(row.map((c, i) => c.padEnd(width[i])).join('  ').trimEnd());
}

export function save(file, about) {
  mkdirSync(new URL('.', `file://${file}`), {recursive: true});
  writeFileSync(file, JSON.stringify({...about, figures: rows}, null, 1) + '\n');
}
