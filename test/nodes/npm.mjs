// The one door to the packages of test/nodes: everything in test/ that needs one imports it from
// here, so that a single `npm ci` in this folder serves all of them.
import {createRequire} from 'node:module';
import {fileURLToPath} from 'node:url';
import path from 'node:path';

export const npm = createRequire(import.meta.url);
export const nodesDir = path.dirname(fileURLToPath(import.meta.url));
export const bcoinDir = path.join(nodesDir, 'node_modules', 'bcoin');
