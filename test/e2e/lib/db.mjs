// Looking into the database from outside, through the sqlite3 program, while the daemons write.
import {execFile} from 'node:child_process';
import {promisify} from 'node:util';

const run = promisify(execFile);

export async function query(file, sql) {
  const {stdout} = await run('sqlite3', ['-json', '-cmd', '.timeout 60000', `file:${file}?mode=ro`, sql], {maxBuffer: 1 << 26});
  return stdout.trim() ? JSON.parse(stdout) : [];
}
