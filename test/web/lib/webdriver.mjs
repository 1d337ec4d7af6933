// WebKit, the engine of Safari and of every browser on an iPhone, by its own driver: W3C WebDriver, which is JSON
// over HTTP.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {freePorts} from '../../e2e/lib/ports.mjs';
import {Process} from '../../e2e/lib/process.mjs';
import {until} from '../../e2e/lib/wait.mjs';

const SLOW = {deadlineMs: 60000};
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';    // the name that the standard gives to it

// Debian's builds: that of WPE without a screen, that of GTK (newer, heavier) on one.
const ENGINES = {
  wpe: {driver: 'WPEWebDriver', options: 'wpe:browserOptions', binary: '/usr/bin/cog', args: ['--automation', '--platform=headless']},
  webkitgtk: {driver: 'WebKitWebDriver', options: 'webkitgtk:browserOptions', binary: '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser', args: ['--automation']},
};

export class WebDriver {
  static async start(suite, engine) {
    const w = new this();
    const {driver, options, ...browser} = ENGINES[engine];
    w.home = mkdtempSync(path.join(tmpdir(), 'teller-webkit-'));
    suite.after(() => w.end());
    const [port] = await freePorts(1);
    w.root = `http://127.0.0.1:${port}`;
    w.process = new Process(driver, driver, ['-p', port], {log: path.join(w.home, 'log'), env: {HOME: w.home, XDG_RUNTIME_DIR: w.home}});
    await until('the driver', () => w.ask('GET', '/status'), SLOW);
    const {sessionId, capabilities} = await w.ask('POST', '/session', {capabilities: {alwaysMatch: {[options]: browser}}});
    Object.assign(w, {session: `/session/${sessionId}`, version: capabilities.browserVersion});
    return w;
  }

  async ask(method, where, body) {
    const r = await fetch(this.root + where, {method, body: body && JSON.stringify(body)});
    const {value} = await r.json();
    if (!r.ok) throw new Error(`${method} ${where}: ${value.error}: ${value.message}`);
    return value;
  }
  tell(what, body = {}) { return this.ask('POST', this.session + what, body); }

  visit(url) { return this.tell('/url', {url}); }
  reload() { return this.tell('/refresh'); }

  // What `f` answers in the page.
  run(f, ...args) { return this.tell('/execute/sync', {script: `return (${f})(...arguments)`, args}); }

  async element(css) {
    const found = await until(css, () => this.tell('/element', {using: 'css selector', value: css}), SLOW);
    return `/element/${found[ELEMENT]}`;
  }
  async click(css) { return this.tell(`${await this.element(css)}/click`); }
  async type(css, text) { return this.tell(`${await this.element(css)}/value`, {text}); }
  async clear(css) { return this.tell(`${await this.element(css)}/clear`); }

  // Waits until the text of what `css` finds has `words` in it.
  async see(css, words) {
    const text = () => this.run(c => [...document.querySelectorAll(c)].map(e => e.innerText).join('\n'), css);
    return until(`'${words}' in ${css}`, async () => {
      const there = await text();
      if (!there.includes(words)) throw new Error(`there is '${there}'`);
      return true;
    }, SLOW);
  }

  // What the window shows of `css`, as PNG.
  async picture(css) {
    await this.run(c => document.querySelector(c).scrollIntoView({block: 'center'}), css);
    return Buffer.from(await this.ask('GET', `${this.session}/screenshot`), 'base64');
  }

  async end() {
    try {
      if (this.session) await this.ask('DELETE', this.session);
    } finally {
      await this.process?.stop();
      rmSync(this.home, {recursive: true, force: true});
    }
  }
}
