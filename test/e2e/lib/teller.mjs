// The service under test: a data directory and the four daemons, each started, stopped and killed
// by itself.
import {execFile} from 'node:child_process';
import {mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {query} from './db.mjs';
import {iniText, mergeConf, writePool, writeWallet, btcPool} from './files.mjs';
import {getJson, postJson, request} from './http.mjs';
import {freePorts} from './ports.mjs';
import {Process} from './process.mjs';
import {until} from './wait.mjs';

export const DAEMONS = ['scannerd', 'exchangerd', 'senderd', 'apid'];
export const BIN = path.resolve(process.env.TELLER_BIN ?? 'build/fault');

const runCommand = (file, args, input = '') => new Promise(done => {
  const child = execFile(file, args, (e, out, notes) => done({status: e ? e.code : 0, out, notes}));
  child.stdin.on('error', () => {});    // it ended without reading: its status says why
  child.stdin.end(input);
});

const defaults = ({http, admin, dummy}) => ({
  logfile: '',
  btc_addresses: 'btc_addresses.txt',
  teller: {max_bound_addrs: 0},
  btc_scanner: {network: 'regtest', scan_period: '100ms', initial_scan_height: 100, confirmations_required: 1},
  sky_exchanger: {sky_btc_exchange_rate: 500, wallet: 'hot.wlt', tx_confirmation_check_wait: '100ms'},
  web: {http_addr: `127.0.0.1:${http}`, throttle_duration: 0},
  admin_panel: {host: `127.0.0.1:${admin}`},
  dummy: {http_addr: `127.0.0.1:${dummy}`},
});

export class Teller {
  // `conf`: changes to the defaults above; `pool`: [{kind, address}]; wallet of `keys` keys.
  static async create({conf = {}, pool = btcPool(4), keys = 3} = {}) {
    const t = new Teller();
    t.dir = mkdtempSync(path.join(tmpdir(), 'teller-'));
    const [http, admin, dummy] = await freePorts(3);
    Object.assign(t, {pool, daemons: {}, public: `http://127.0.0.1:${http}`, admin: `http://127.0.0.1:${admin}`,
      dummy: `http://127.0.0.1:${dummy}`, conf: defaults({http, admin, dummy})});
    t.walletSeed = `hot wallet of ${t.dir}`;
    t.walletAddresses = writeWallet(t.file('hot.wlt'), t.walletSeed, keys);
    writePool(t.file('btc_addresses.txt'), pool);
    mkdirSync(t.file('web'));
    writeFileSync(t.file('web/index.html'), '<!doctype html><title>test</title>\n');
    t.configure(mergeConf({web: {static_dir: 'web'}}, conf));
    return t;
  }

  file(name) { return path.join(this.dir, name); }

  // Changes settings; daemons read them when they start.
  configure(changes) {
    this.conf = mergeConf(this.conf, changes);
    writeFileSync(this.file('teller.ini'), iniText(this.conf));
  }

  // --- processes --------------------------------------------------------------------------------

  start(name, env) {
    if (this.daemons[name]?.running) throw new Error(`${name} runs already`);
    this.daemons[name] = new Process(name, path.join(BIN, name), ['--dir', this.dir, '--config', this.file('teller.ini')],
      {log: this.file(`${name}.log`), env: {TELLER_STOP_LIMIT_S: '50', ...env}, heedsTerm: true});
    return this.daemons[name];
  }

  // All four, and waits until all answer and an address could be bound.
  async startAll() {
    for (const name of DAEMONS) this.start(name);
    await this.ready();
  }
  async ready() {
    const ended = () => Object.values(this.daemons).find(d => !d.running);
    await until('the service to answer', async () => ended() ?? this.answers())
      .catch(e => { throw new Error(`${e.message}\n${this.logs()}`); });
    if (ended()) throw new Error(`${ended().name} ended: ${ended().output()}`);
  }
  async answers() {
    const down = (await this.problems()).filter(p => p.what === 'down');
    if (down.length) throw new Error(JSON.stringify(down));
    return Object.values(await this.pools()).some(p => p.remaining_addresses > 0);
  }

  // An operator's command: {status, out, notes}.
  ctl(...words) { return runCommand(path.join(BIN, 'tellerctl'), this.ctlArgs(words)); }
  // The same at a terminal, where somebody types `answers`: what was seen there is `out`.
  ctlAtTerminal(answers, ...words) {
    const line = [path.join(BIN, 'tellerctl'), ...this.ctlArgs(words)].map(w => `'${w}'`).join(' ');
    return runCommand('script', ['-qec', line, '/dev/null'], answers.map(a => `${a}\n`).join(''));
  }
  ctlArgs(words) { return ['--dir', this.dir, '--config', this.file('teller.ini'), ...words]; }
  async ctlJson(...words) {
    const {status, out, notes} = await this.ctl(...words, '--json');
    if (status !== 0) throw new Error(`tellerctl ${words.join(' ')}: ${notes}`);
    return JSON.parse(out);
  }

  stop(name) { return this.daemons[name].stop(); }
  kill(name) { return this.daemons[name].kill(); }
  async restart(name, env) {
    await this.stop(name);
    this.start(name, env);
  }
  async restartAll() {
    await this.stopAll();
    await this.startAll();
  }
  // In good order, all of them: status 0, within the time that is promised.
  async stopAll() {
    const stopped = Object.values(this.daemons).filter(d => d.running).map(async d => {
      const {status, signal} = await d.stop();
      if (status !== 0) throw new Error(`${d.name} ended with ${status ?? signal}: ${d.output()}`);
    });
    const failed = (await Promise.allSettled(stopped)).find(r => r.status === 'rejected');
    if (failed) throw failed.reason;
  }

  // Everything a daemon has logged since the test began, restarts included.
  log(name) { return readFileSync(this.file(`${name}.log`), 'utf8'); }
  logs() { return DAEMONS.filter(n => this.daemons[n]).map(n => `--- ${n}\n${this.log(n)}`).join('\n'); }
  // Lines of a daemon's log that a person must look at.
  watchLines(name) { return this.log(name).split('\n').filter(l => l.includes('notice=WATCH')); }

  remove() { rmSync(this.dir, {recursive: true, force: true}); }

  // --- the public API -----------------------------------------------------------------------------

  // A deposit address for a SKY address.
  async bindOnce(sky, coin = 'BTC') {
    const r = await postJson(`${this.public}/api/bind`, {skyaddr: sky, coin_type: coin});
    if (r.status !== 200) throw new Error(`bind: ${r.status} ${r.text}`);
    return r.json.deposit_address;
  }
  // The same, asked again when it took exchangerd too long: what was answered so is not bound.
  async bind(sky, coin) {
    const tooLong = e => /^bind: 500 Internal Server Error/.test(e.message);
    const {address, error} = await until('an address', () => this.bindOnce(sky, coin).then(address => ({address}),
      error => tooLong(error) ? Promise.reject(error) : {error}));
    if (error) throw error;
    return address;
  }
  async statuses(sky) { return (await getJson(`${this.public}/api/status?skyaddr=${sky}`)).statuses ?? []; }
  health() { return getJson(`${this.public}/api/health`); }
  // What the daemons say is wrong: [{daemon, what, text, since}].
  async problems() {
    return (await this.reports()).flatMap(({name, problems}) => problems.map(p => ({daemon: name, ...p})));
  }
  // Nothing is wrong, or it soon is: a daemon that was kept from answering in time is a problem until it is
  // asked again.
  async isWell() {
    await until('nothing to be wrong', async () => {
      const wrong = await this.problems();
      if (wrong.length) throw new Error(JSON.stringify(wrong));
      return (await this.health()).status === 'OK';
    });
  }
  // What each daemon says of itself: [{name, up, error, problems, detail}].
  async reports() { return (await this.askAdmin('/api/daemons')).daemons; }

  // --- the admin API --------------------------------------------------------------------------------

  // With `adminToken`, where tokens are needed.
  askAdmin(path) {
    return getJson(`${this.admin}${path}`, this.adminToken ? {authorization: `Bearer ${this.adminToken}`} : {});
  }
  pools() { return this.askAdmin('/api/deposit-addresses'); }
  async deposits(filter = '') { return (await this.askAdmin(`/api/deposits${filter}`)).deposits; }
  accounting() { return this.askAdmin('/api/accounting'); }

  // `count` deposits, all of them `status`; answers them by deposit_id.
  async depositsIn(status, count) {
    return until(`${count} deposits to be ${status}`, async () => {
      const all = await this.deposits();
      if (all.length > count) throw new Error(`${all.length} deposits where ${count} are expected`);
      const there = all.length === count && all.every(d => d.status === status);
      return there && Object.fromEntries(all.map(d => [d.deposit_id, d]));
    }).catch(async e => { throw new Error(`${e.message}\n${JSON.stringify(await this.deposits(), null, 1)}\n${this.logs()}`); });
  }

  // --- the dummy API --------------------------------------------------------------------------------

  async pretendDeposit({address, satoshi, tx, n = 0, height = 1, coin = 'BTC'}) {
    const q = new URLSearchParams({addr: address, value: satoshi, height, tx, n, coin});
    const r = await request(`${this.dummy}/dummy/scanner/deposit?${q}`, {method: 'POST'});
    if (r.status !== 200) throw new Error(`dummy deposit: ${r.status} ${r.text}`);
  }
  broadcasts() { return getJson(`${this.dummy}/dummy/sender/broadcasts`); }
  pretendConfirmation(txid) { return request(`${this.dummy}/dummy/sender/confirm?txid=${txid}`, {method: 'POST'}); }

  query(sql) { return query(this.file(this.conf.dbfile ?? 'teller.db'), sql); }
}
