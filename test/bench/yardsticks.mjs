// What the machine does by itself, measured by build/test/bench/yardstick (yardstick.c).
import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';

export const PROGRAM = path.resolve('build/test/bench/yardstick');
export const yardstick = (...args) => execFileSync(PROGRAM, args.map(String), {encoding: 'utf8'}).trim();

// In the same place where the daemons of the run keep their databases.
export function measureDisk() {
  const dir = mkdtempSync(path.join(tmpdir(), 'teller-yardstick-'));
  const per_s = (...args) => Number(yardstick(args[0], dir, ...args.slice(1)));
  try {
    return {fsyncs: per_s('fsyncs'), rows1: per_s('rows', 1), rows100: per_s('rows', 100), binds64: per_s('binds', 64)};
  } finally {
    rmSync(dir, {recursive: true, force: true});
  }
}
