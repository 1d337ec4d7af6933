// The customer's page with a witness: a script that comes before all others and keeps what a page must never do
// (errors, complaints on the console, what its CSP forbids).  For browsers whose drivers do not tell of them.
import {cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';

function witness() {
  window.faults = [];
  const keep = what => window.faults.push(String(what));
  addEventListener('error', e => keep(e.message ?? `${e.target.tagName} did not load`), true);
  addEventListener('unhandledrejection', e => keep(e.reason));
  document.addEventListener('securitypolicyviolation', e => keep(`${e.violatedDirective}: ${e.blockedURI}`));
  for (const tone of ['error', 'warn']) console[tone] = keep;
}

// A copy of the page's folder, gone with the suite.
export function pageWithWitness(suite, from = 'web/customer') {
  const dir = mkdtempSync(path.join(tmpdir(), 'teller-page-'));
  suite.after(() => rmSync(dir, {recursive: true, force: true}));
  cpSync(from, dir, {recursive: true});
  writeFileSync(path.join(dir, 'witness.js'), `(${witness})();\n`);
  for (const lang of ['', 'cn', 'ru', 'es']) {
    const file = path.join(dir, lang, 'index.html');
    writeFileSync(file, readFileSync(file, 'utf8').replace('<meta charset="utf-8">', '$&<script src="/witness.js"></script>'));
  }
  return dir;
}
