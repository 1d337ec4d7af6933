// The token, when the service asks for one.  It stays in this tab and is gone with it.
import {setToken} from './api.js';
import {el, setText} from './dom.js';

export class TokenView {
  constructor({onToken}) {
    this.input = el('input', {id: 'token', type: 'password', autocomplete: 'off', spellcheck: 'false'});
    this.word = el('p', {class: 'bad', role: 'alert'});
    this.root = el('section', {class: 'token', hidden: true, 'aria-labelledby': 'token-title'}, el('h2', {id: 'token-title'}, 'Token'),
      el('p', {}, 'The service asks for a bearer token. It is kept in this tab only, until you close it.'),
      el('form', {onsubmit: e => { e.preventDefault(); this.take(onToken); }},
        el('div', {class: 'field'}, el('label', {for: 'token'}, 'Bearer token'), el('div', {class: 'join'}, this.input, el('button', {type: 'submit'}, 'Use it')))),
      this.word);
  }

  take(onToken) {
    setToken(this.input.value.trim());
    this.input.value = '';
    onToken();
  }

  ask(text) {
    setText(this.word, text);
    if (!this.root.hidden) return;
    this.root.hidden = false;
    this.input.focus();
  }

  hide() {
    setText(this.word, '');
    this.root.hidden = true;
  }
}
