// Asking for a deposit address: the button, what it waits for, and what went wrong, where it went wrong.
import {Refused, bind} from './api.js';
import {el, setText} from './dom.js';
import {plural, t} from './language.js';

export class BindView {
  // `onStatus()`
  constructor({onStatus}) {
    this.submit = el('button', {type: 'submit', class: 'main'});
    this.status = el('button', {type: 'button', onclick: onStatus}, t('show_status'));
    this.limit = el('p', {class: 'hint'});
    this.fault = el('p', {class: 'word', 'data-tone': 'bad', role: 'alert'});
    this.wait = el('p', {class: 'word', 'data-tone': 'calm'});
    this.root = el('div', {class: 'bind'}, el('div', {class: 'buttons'}, this.submit, this.status), this.fault, this.wait, this.limit);
  }

  update({config}, coin, hasAddress, isOpen) {
    this.submit.hidden = this.limit.hidden = !isOpen;
    this.submit.classList.toggle('main', !hasAddress);
    if (!this.busy && isOpen) setText(this.submit, t(hasAddress ? 'get_another' : 'get_address', {coin}));
    const most = config?.max_bound_addrs;
    setText(this.limit, most > 0 ? plural('at_most_addresses', most) : '');
  }

  // The new deposit, or null after saying why there is none.  Not repeated by itself: it may have worked.
  async ask(sky, coin) {
    if (this.busy || this.blockedUntil > Date.now()) return null;
    this.setBusy(true);
    this.clear();
    try {
      return {coin, address: await bind(sky, coin), at: Math.floor(Date.now() / 1000)};
    } catch (e) {
      this.refuse(e);
      return null;
    } finally {
      this.setBusy(false);
    }
  }

  setBusy(busy) {
    this.busy = busy;
    this.submit.setAttribute('aria-disabled', String(busy));
    if (busy) setText(this.submit, t('getting_address'));
  }

  clear() {
    setText(this.fault, '');
    setText(this.wait, '');
    clearInterval(this.timer);
  }

  refuse(e) {
    setText(this.fault, e instanceof Refused ? e.message : t('no_answer_bind'));
    if (e.status === 429) this.holdOff(e.retryAfterS || 1);
  }

  holdOff(seconds) {
    this.blockedUntil = Date.now() + 1000 * seconds;
    const tick = () => {
      const left = Math.ceil((this.blockedUntil - Date.now()) / 1000);
      this.submit.setAttribute('aria-disabled', String(left > 0));
      setText(this.wait, left > 0 ? plural('try_again_in', left) : t('try_again_now'));
      if (left <= 0) clearInterval(this.timer);
    };
    tick();
    this.timer = setInterval(tick, 1000);
  }
}
