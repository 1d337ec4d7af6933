// Copying text.  The modern way is refused on pages that came over plain HTTP from another machine.
import {el} from './dom.js';

function copyBySelection(text) {
  const area = el('textarea', {class: 'hidden', readonly: true, 'aria-hidden': 'true', tabindex: '-1'});
  const focused = document.activeElement;
  area.value = text;
  document.body.append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  focused?.focus();
  return copied;
}

// Whether it worked.
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}
