// The page's texts, and how its language writes numbers and times.  The language is that of the HTML
// file (<html lang>); texts.json has a row for each sentence, in the order of LANGUAGES.
// {name} is replaced by a value, {one|few|many} by the form that goes with the value n.
const LANGUAGES = ['en', 'zh-Hans', 'ru', 'es'];

const tag = document.documentElement.lang;
let texts, plurals, forms, decimal;

export async function loadLanguage() {
  const r = await fetch(new URL('../texts.json', import.meta.url));
  if (!r.ok) throw new Error(`texts: HTTP ${r.status}`);
  texts = await r.json();
  plurals = new Intl.PluralRules(tag);
  forms = ['one', 'few', 'many'].filter(form => plurals.resolvedOptions().pluralCategories.includes(form));
  decimal = new Intl.NumberFormat(tag).formatToParts(0.5).find(p => p.type === 'decimal').value;
}

const form = (words, n) => words.split('|').slice(forms.indexOf(plurals.select(n)))[0];

function filled(text, values) {
  return text.replace(/\{(.*?)\}/g, (all, name) => name.includes('|') ? form(name, values.n) : values[name] ?? all);
}

// The sentence `key`, with {name}s replaced.
export const t = (key, values = {}) => filled(texts[key]?.[LANGUAGES.indexOf(tag)] ?? key, values);
export const plural = (key, n, values = {}) => t(key, {...values, n});

// Of a plain decimal text; digit by digit, since amounts are exact.
export function number(text) {
  const [whole, fraction] = text.split('.');
  const grouped = BigInt(whole).toLocaleString(tag);
  return fraction ? grouped + decimal + fraction : grouped;
}

// The same without groups, as one goes on editing it; and back.  A telephone may have no point, only a comma:
// that counts unless it can stand for thousands.
export const typed = text => text.replace('.', decimal);
export const untyped = text => text.trim().replace(decimal, '.').replace(/^(0*),|^(\d+),(?!\d{3}$)/, '$1$2.');

const at = (unix, style) => new Intl.DateTimeFormat(tag, style).format(new Date(1000 * unix));
export const dateTime = unix => at(unix, {dateStyle: 'medium', timeStyle: 'short'});
export const timeOfDay = unix => at(unix, {timeStyle: 'medium'});
export const anyOf = words => new Intl.ListFormat(tag, {type: 'disjunction'}).format(words);
