// The SKY address: entered, checked here before anything is sent, its ends shown large.
import {el, setText} from './dom.js';
import {t} from './language.js';
import {addressParts, skyAddressFault} from './sky_address.js';

const LOOKS_COMPLETE = 26;      // characters from which a fault is told while typing

export class SkyView {
  // `onChange(sky)`: a well-formed address, or ''.
  constructor({onChange}) {
    this.onChange = onChange;
    this.sky = '';
    this.input = el('input', {id: 'sky', name: 'sky', autocomplete: 'off', autocapitalize: 'none', autocorrect: 'off',
      spellcheck: 'false', maxlength: 128, 'aria-describedby': 'sky-hint sky-word',
      oninput: () => this.read(false), onchange: () => this.read(true)});
    this.word = el('div', {id: 'sky-word', 'aria-live': 'polite'});
    this.root = el('div', {class: 'field'}, el('label', {for: 'sky'}, t('sky_label')), this.input,
      el('p', {id: 'sky-hint', class: 'hint'}, t('sky_hint')), this.word);
  }

  set(sky) {
    this.input.value = sky;
    this.read(true);
  }

  read(finished) {
    const text = this.input.value.trim();
    const fault = skyAddressFault(text);
    this.show(fault, text, finished || text.length >= LOOKS_COMPLETE);
    const sky = fault ? '' : text;
    if (sky === this.sky) return;
    this.sky = sky;
    this.onChange(sky);
  }

  // The address, or '' after saying what is wrong with it.
  demand() {
    const text = this.input.value.trim();
    if (this.sky) return this.sky;
    this.say(t(...skyAddressFault(text)));
    this.input.focus();
    return '';
  }

  show(fault, text, tell) {
    if (!fault) this.showEnds(text);
    else if (tell && text !== '') this.say(t(...fault));
    else this.say('');
  }

  say(text) {
    this.ends = null;
    if (text) this.input.setAttribute('aria-invalid', 'true');
    else this.input.removeAttribute('aria-invalid');
    if (this.word.textContent !== text) this.word.replaceChildren(...text ? [el('p', {class: 'word', 'data-tone': 'bad'}, text)] : []);
  }

  showEnds(text) {
    this.input.removeAttribute('aria-invalid');
    if (this.ends === text) return;
    this.ends = text;
    const {first, middle, last} = addressParts(text);
    this.word.replaceChildren(el('p', {class: 'word', 'data-tone': 'good'}, t('sky_valid')),
      el('p', {class: 'ends'},
        el('span', {class: 'hidden'}, `${t('sky_first')} `), el('b', {}, first), el('span', {class: 'middle', 'aria-hidden': 'true'}, middle),
        el('span', {class: 'hidden'}, `, ${t('sky_last')} `), el('b', {}, last)));
  }
}
