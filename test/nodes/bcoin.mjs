// bcoin as the tests use it: every module of it comes through here, so that the preload is always
// in place first.  No compiled add-on is needed.
import {npm} from './npm.mjs';

process.env.NODE_BACKEND = 'js';
npm('./regtest-preload.cjs');

export const bcoin = name => npm(`bcoin/lib/${name}`);
export const NETWORK = 'regtest';
