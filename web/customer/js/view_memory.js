// What this browser keeps, with a way to take it away and to forget it.
import {el, focusOn, refill, setText} from './dom.js';
import {dateTime, t} from './language.js';
import {allOrders, exported, forgetAll, isKept} from './memory.js';

function saveFile(name, text) {
  const url = URL.createObjectURL(new Blob([text], {type: 'application/json'}));
  el('a', {href: url, download: name}).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

export class MemoryView {
  // `onOpen(sky)`: show this address; `onForgotten()`: there is nothing any more.
  constructor({onOpen, onForgotten}) {
    Object.assign(this, {onOpen, onForgotten});
    this.heading = el('h2', {id: 'memory-title'}, t('memory'));
    this.about = el('p', {class: 'hint'});
    this.orders = el('ul', {class: 'orders'});
    this.forget = el('button', {type: 'button', class: 'plain', onclick: () => this.askSure(true)}, t('memory_forget'));
    this.yes = el('button', {type: 'button', class: 'danger', onclick: () => this.onForget()}, t('memory_forget_yes'));
    this.no = el('button', {type: 'button', class: 'plain', onclick: () => this.askSure(false)}, t('memory_forget_no'));
    this.tools = el('div', {class: 'buttons'},
      el('button', {type: 'button', class: 'plain', onclick: () => saveFile('teller-addresses.json', exported())}, t('memory_export')), this.forget);
    this.sure = el('div', {class: 'sure', role: 'group', 'aria-labelledby': 'sure', hidden: true},
      el('p', {id: 'sure'}, t('memory_forget_sure')), el('div', {class: 'buttons'}, this.yes, this.no));
    this.said = el('p', {class: 'word', role: 'status'});
    this.inside = el('div', {}, this.about, this.orders, this.tools, this.sure);
    this.root = el('section', {class: 'step memory', 'aria-labelledby': 'memory-title', hidden: true}, this.heading, this.inside, this.said);
  }

  update() {
    const orders = allOrders();
    if (orders.length) this.root.hidden = false;
    this.inside.hidden = orders.length === 0;
    if (orders.length) setText(this.said, '');
    setText(this.about, t(isKept() ? 'memory_about' : 'memory_not_kept'));
    refill(this.orders, orders, () => orders.map(o => this.order(o)));
  }

  order({sky, deposits}) {
    const lines = deposits.map(d => el('li', {}, el('b', {}, d.coin), ' ', el('code', {translate: 'no'}, d.address), ' ', el('small', {}, dateTime(d.at))));
    return el('li', {},
      el('div', {class: 'whose'}, el('code', {translate: 'no'}, sky),
        el('button', {type: 'button', class: 'plain', 'aria-label': `${t('memory_open')} ${sky}`, onclick: () => this.onOpen(sky)}, t('memory_open'))),
      lines.length > 0 && el('ul', {}, lines));
  }

  askSure(asks) {
    this.sure.hidden = !asks;
    this.tools.hidden = asks;
    (asks ? this.no : this.forget).focus();
  }

  onForget() {
    forgetAll();
    this.sure.hidden = true;
    this.tools.hidden = false;
    this.update();
    setText(this.said, t('memory_forgotten'));
    focusOn(this.heading);
    this.onForgotten();
  }
}
