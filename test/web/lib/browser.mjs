// Debian's Chromium, driven for tests of the web pages: one browser, a context for each visit.  A visit
// keeps what a page must never do: errors, blocked resources, requests to elsewhere.
// `TELLER_BROWSER=firefox` drives Debian's Firefox instead (`make browsers`).
import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {chromium, firefox} from 'playwright-core';
import {until} from '../../e2e/lib/wait.mjs';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const PATIENCE_MS = 60000;
export const START = new Date('2026-03-01T12:00:00Z');

// Debian's own builds.  No sandbox in Chromium: CI runs as root, and the pages are ours.
const ENGINES = {
  chromium: more => chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox'], ...more}),
  firefox: more => firefox.launch({executablePath: '/usr/bin/firefox-esr', channel: 'moz-firefox', ...more}),
};
// What Firefox's driver puts into a page before it takes a picture; the CSP forbids it.
const DRIVERS_OWN = 'sha256-YjaKGiklmzC6wjXA513HAMmzus8VE61XCOT+SmwNZWA=';

// In the page: how many questions have no answer yet, or one that the page has not read.  What the page
// makes of one it does before anybody can look here.
function countAnswers() {
  window.underWay = 0;
  const whole = async promise => {
    window.underWay++;
    try {
      return await promise;
    } finally {
      window.underWay--;
    }
  };
  const {fetch} = window;
  window.fetch = (...args) => whole(fetch(...args));
  for (const name of ['text', 'json', 'blob']) {
    const read = Response.prototype[name];
    Response.prototype[name] = function () { return whole(read.call(this)); };
  }
}

// The driver of Firefox does not tell what was posted.
function keepBody() {
  const {fetch} = window;
  window.fetch = (url, options) => {
    if (options?.body) window.posted = options.body;
    return fetch(url, options);
  };
}

export class Browser {
  static async start(suite) {
    const b = new this();
    b.engine = process.env.TELLER_BROWSER || 'chromium';
    b.isFirefox = b.engine === 'firefox';
    b.downloads = mkdtempSync(path.join(tmpdir(), 'teller-downloads-'));
    suite.after(() => b.end());
    b.browser = await ENGINES[b.engine]({downloadsPath: b.downloads});
    return b;
  }

  async end() {
    await this.browser?.close();
    rmSync(this.downloads, {recursive: true, force: true});
  }

  // `answers`: {path of the API: what answer() makes, or a function of the request}; those that are not
  // there are the service's own.  `clock`: time begins at START and passes only when the test says so.  `broken`: answers may be errors.
  // `ignored`: what the browser may complain of, if it has the time to.  `before` is done with the page before it is visited.
  async visit(url, {answers = {}, scheme = 'light', width = 1024, height = 900, clock = false, broken = false, ignored = /^$/, scale = 1, init, before, ...more} = {}) {
    const context = await this.browser.newContext({viewport: {width, height}, colorScheme: scheme, deviceScaleFactor: scale,
      reducedMotion: 'reduce', timezoneId: 'UTC', ...more});
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    const v = new Visit(page, url, broken, ignored);
    Object.assign(v, {answers, clock, browser: this});
    if (this.isFirefox) await page.addInitScript(keepBody);
    if (init) await page.addInitScript(init);
    if (clock) await page.addInitScript(countAnswers);
    if (clock) await page.clock.install({time: new Date(START.getTime() - 1000)});
    if (clock) await page.clock.pauseAt(START);
    await page.route('**/api/**', route => v.answer(route));
    await before?.(page);
    await page.goto(url);
    return v;
  }
}

export class Visit {
  constructor(page, url, broken, ignored) {
    Object.assign(this, {page, url, faults: [], asked: []});
    const origin = new URL(url).origin;
    page.on('console', m => {
      const isAnswer = broken && /^Failed to load resource/.test(m.text());
      if (['error', 'warning'].includes(m.type()) && !isAnswer && !ignored.test(m.text())) this.faults.push(m.text());
    });
    page.on('pageerror', e => { if (!e.message.includes(DRIVERS_OWN)) this.faults.push(`${e.message}\n${e.stack}`); });
    page.on('request', r => { if (!r.url().startsWith(origin) && !r.url().startsWith('blob:')) this.faults.push(`asked ${r.url()}`); });
  }

  async answer(route) {
    const path = new URL(route.request().url()).pathname.replace(/.*\/api\//, '');
    this.asked.push(path);
    const given = this.answers[path];
    const answer = typeof given === 'function' ? await given(route.request(), await this.bodyOf(route.request())) : given;
    if (answer === undefined) await route.continue();
    else if (answer === null) await route.abort();
    else await route.fulfill(answer);
  }

  // The file that `start` has the browser save: {name, bytes}.  Firefox's driver does not tell of it: there it is
  // looked for where it is saved.
  async saved(start) {
    if (this.browser.isFirefox) return this.savedInFolder(start);
    const [file] = await Promise.all([this.page.waitForEvent('download'), start()]);
    return {name: file.suggestedFilename(), bytes: readFileSync(await file.path())};
  }

  async savedInFolder(start) {
    const {downloads} = this.browser;
    const before = readdirSync(downloads);
    await start();
    return until('the file', () => {
      const [name, ...others] = readdirSync(downloads).filter(f => !before.includes(f));
      const bytes = name && !others.length && readFileSync(path.join(downloads, name));
      return bytes?.length && {name, bytes};
    });
  }

  // What was posted, or null.
  async bodyOf(request) {
    if (request.method() !== 'POST') return null;
    return request.postDataJSON() ?? JSON.parse(await this.page.evaluate(() => window.posted));
  }

  text(selector) { return this.page.locator(selector).innerText(); }
  click(name, role = 'button') { return this.page.getByRole(role, {name, exact: true}).click(); }
  see(text) { return this.page.getByText(text).first().waitFor(); }

  // So much time passes for the page, and none of it while an answer is under way: whatever the page
  // plans when it comes is planned from the same instant, however slow the machine is.
  async pass(seconds) {
    for (let s = 0; s < seconds; s++) {
      await this.answered();
      await this.page.clock.runFor(1000);
    }
    await this.answered();
  }
  answered() { return until('the answers to be on the page', () => this.page.evaluate(() => window.underWay === 0)); }

  // Nothing for axe to complain of.
  async isAccessible(what) {
    const looking = this.page.evaluate(async ([source, rules]) => {
      if (!window.axe) (0, eval)(source);
      const {violations} = await window.axe.run(document, {runOnly: rules, resultTypes: ['violations']});
      return violations.map(v => `${v.id}: ${v.nodes.map(n => `${n.target} ${n.failureSummary}`).join('; ')}`);
    }, [axeSource, RULES]);
    assert.deepEqual(await this.ticking(looking), [], what);
  }

  // axe waits in steps: where time stands still it is moved on, by next to nothing.
  async ticking(looking) {
    let over = !this.clock;
    const result = looking.finally(() => { over = true; });
    while (!over) {
      await this.page.clock.runFor(1);
      await Promise.race([result, new Promise(yes => setTimeout(yes, 30))]);
    }
    return result;
  }

  async fitsItsWidth(what) {
    const over = await this.page.evaluate(() => {
      const wide = [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth + 0.5);
      return document.documentElement.scrollWidth > innerWidth ? wide.map(e => `${e.tagName}.${e.className}`) : [];
    });
    assert.deepEqual(over, [], `${what}: nothing is wider than the window`);
  }

  // Ends the visit: it must have been without faults.
  async end() {
    await this.page.context().close();
    assert.deepEqual(this.faults, [], this.url);
  }
}

export const answer = (value, {status = 200, headers = {}} = {}) => typeof value === 'string'
  ? {status, headers: {'content-type': 'text/plain; charset=utf-8', ...headers}, body: `${value}\n`}
  : {status, headers: {'content-type': 'application/json', ...headers}, body: JSON.stringify(value, null, 4)};
