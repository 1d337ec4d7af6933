// A table that scrolls within itself where it is too wide, and can be scrolled by keyboard.
import {el} from './dom.js';

// `columns`: names; `rows`: arrays of cells, text or elements.
export function table(caption, columns, rows) {
  return el('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption},
    el('table', {}, el('caption', {class: 'hidden'}, caption),
      el('thead', {}, el('tr', {}, columns.map(c => el('th', {scope: 'col'}, c)))),
      el('tbody', {}, rows.map(cells => el('tr', {}, cells.map((c, i) => i === 0 ? el('th', {scope: 'row'}, c) : el('td', {}, c)))))));
}
