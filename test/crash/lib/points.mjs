// The fault points that the C sources declare, daemon by daemon: what has to be tested is read
// there, so that a new point cannot be forgotten here.
import {readFileSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {DAEMONS} from '../../e2e/lib/teller.mjs';

const POINT = /\bFAULT\("([^"]+)"\)/g;

// Who passes the points of the rooms that daemons share: apid only reads, so it commits nothing.
const USERS = {
  'common/daemon/commit_group.c': ['scannerd', 'exchangerd', 'senderd'],
  'common/daemon/feed_reader.c': ['exchangerd', 'senderd'],
  'common/store/backup.c': ['apid'],
};

const cFiles = dir => readdirSync(dir, {withFileTypes: true}).flatMap(e => {
  const file = path.join(dir, e.name);
  return e.isDirectory() ? cFiles(file) : file.endsWith('.c') ? [file] : [];
});

function usersOf(file) {
  const room = file.split(path.sep)[0];
  const users = DAEMONS.includes(room) ? [room] : USERS[file];
  if (!users) throw new Error(`${file} has fault points: say in test/crash/lib/points.mjs which daemons pass them`);
  return users;
}

// {daemon: [point, ...]}, sorted.
export function declaredPoints() {
  const found = Object.fromEntries(DAEMONS.map(name => [name, new Set()]));
  for (const file of [...DAEMONS, 'common'].flatMap(cFiles))
    for (const [, point] of readFileSync(file, 'utf8').matchAll(POINT))
      for (const name of usersOf(file)) found[name].add(point);
  return Object.fromEntries(Object.entries(found).map(([name, points]) => [name, [...points].sort()]));
}
