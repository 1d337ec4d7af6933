// Elements without markup in strings: what a server or a person wrote is always text.

// `attributes`: `on…` are listeners, true sets an empty attribute, false, null and undefined none.
export function el(tag, attributes = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) e.addEventListener(name.slice(2), value);
    else if (value === true) e.setAttribute(name, '');
    else if (value !== false && value != null) e.setAttribute(name, value);
  }
  e.append(...children.flat().filter(c => c !== null && c !== undefined && c !== false));
  return e;
}

export function svg(tag, attributes = {}, ...children) {
  const e = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
  e.append(...children);
  return e;
}

// Leaves what is equal alone, so that screen readers are told of changes only.
export function setText(e, text) {
  if (e.textContent !== text) e.textContent = text;
}

// Makes the children anew, but only when what they show has changed.
export function refill(e, shown, make) {
  const key = JSON.stringify(shown);
  if (e.shown === key) return;
  e.shown = key;
  e.replaceChildren(...make());
}

// Moves the reader to a heading that has just come up.
export function focusOn(e) {
  e.setAttribute('tabindex', '-1');
  e.focus({preventScroll: true});
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  e.scrollIntoView({block: 'start', behavior: calm ? 'auto' : 'smooth'});
}
