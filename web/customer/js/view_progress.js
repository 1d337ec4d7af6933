// What became of the payments: a card for each entry of the service's answer, with its steps.
import {Refused} from './api.js';
import {copyText} from './clipboard.js';
import {el, refill, setText} from './dom.js';
import {dateTime, number, plural, t, timeOfDay} from './language.js';
import {isMarket} from './shop.js';

const EXPLORER = 'https://explorer.skycoin.com/app/address/';

// The step that is under way in each status; `done` has none left.
const STEP = {
  waiting_deposit: 'waiting', waiting_decide: 'confirmed', waiting_passthrough: 'buying',
  waiting_passthrough_order_complete: 'buying', waiting_send: 'sending', waiting_confirm: 'sent', done: 'done',
};

const isKnown = status => Object.keys(STEP).includes(status);
const stepsOf = buys => ['waiting', 'confirmed', ...buys ? ['buying'] : [], 'sending', 'sent', 'done'];

function stepList(status, buys) {
  const steps = stepsOf(buys || STEP[status] === 'buying');
  const now = steps.indexOf(STEP[status]);
  return el('ol', {class: 'steps', 'aria-label': t('steps')}, steps.map((step, i) => {
    const state = status === 'done' || i < now ? 'done' : i === now ? 'current' : 'ahead';
    return el('li', {class: state, 'aria-current': state === 'current' ? 'step' : null}, el('i', {'aria-hidden': 'true'}),
      el('span', {}, t(`step_${step}`), state === 'ahead' ? '' : el('span', {class: 'hidden'}, ` (${t(`step_is_${state}`)})`)));
  }));
}

function statusText(entry) {
  if (isSeen(entry)) return t('status_seen');
  const {status} = entry;
  return t(isKnown(status) ? `status_${status}` : 'status_unknown', {status});
}

const isSeen = ({status, confirmations, confirmations_required: required}) =>
  status === 'waiting_deposit' && Number.isInteger(confirmations) && Number.isInteger(required) && required > 0;

function confirmationBar({confirmations, confirmations_required: required}) {
  const text = t('confirmations_of', {n: number(String(confirmations)), required: number(String(required))});
  return el('div', {class: 'bar'}, el('progress', {max: required, value: Math.min(confirmations, required), 'aria-label': text}), el('span', {}, text));
}

const card = (entry, buys) => el('li', {class: 'card', 'data-status': entry.status},
  el('h3', {}, t('payment', {coin: entry.coin_type})),
  el('p', {class: 'state'}, statusText(entry)),
  isSeen(entry) && confirmationBar(entry),
  isKnown(entry.status) && stepList(entry.status, buys),
  el('p', {class: 'time'}, t(entry.status === 'waiting_deposit' && !isSeen(entry) ? 'address_since' : 'last_change', {time: dateTime(entry.updated_at)})));

export class ProgressView {
  constructor({onRefresh}) {
    this.heading = el('h2', {id: 'progress-title'}, t('progress'));
    this.word = el('p', {class: 'word', 'data-tone': 'calm'}, t('progress_none_yet'));
    this.fault = el('p', {class: 'fault', role: 'status'});
    this.wait = el('p', {class: 'wait', hidden: true});
    this.cards = el('ul', {class: 'cards'});
    this.news = el('p', {class: 'hidden', 'aria-live': 'polite'});
    this.time = el('span', {class: 'time'});
    this.said = el('span', {class: 'said', role: 'status'});
    this.explorer = el('a', {target: '_blank', rel: 'noopener noreferrer'}, t('explorer'));
    this.tools = el('div', {class: 'buttons', hidden: true},
      el('button', {type: 'button', class: 'plain', onclick: onRefresh}, t('refresh')),
      el('button', {type: 'button', class: 'plain', onclick: () => this.onLink()}, t('copy_link')), this.time, this.said);
    this.more = el('p', {class: 'more', hidden: true}, this.explorer);
    this.root = el('section', {class: 'step progress', 'aria-labelledby': 'progress-title'},
      this.heading, this.word, this.fault, this.wait, this.cards, this.tools, this.more, this.news);
  }

  // Begins to show another address; '' for none.
  begin(sky) {
    this.sky = sky;
    this.entries = null;
    setText(this.heading, sky ? t('progress_of', {sky}) : t('progress'));
    setText(this.word, t(sky ? 'state_loading' : 'progress_none_yet'));
    this.word.hidden = false;
    refill(this.cards, null, () => []);
    this.tools.hidden = this.more.hidden = !sky;
    this.explorer.href = EXPLORER + sky;
    setText(this.time, '');
    this.clearFault();
  }

  show(entries, config) {
    this.clearFault();
    setText(this.time, t('refreshed', {time: timeOfDay(Date.now() / 1000)}));
    setText(this.word, entries.length ? '' : t('progress_unknown_sky'));
    this.word.hidden = entries.length > 0;
    this.tellNews(entries);
    this.entries = entries;
    refill(this.cards, entries, () => [...entries].reverse().map(e => card(e, isMarket(config))));
  }

  // What is new is read out; the first view is not news.
  tellNews(entries) {
    if (!this.entries) return;
    const before = this.entries.map(statusText);
    const fresh = entries.filter(e => {
      const at = before.indexOf(statusText(e));
      if (at >= 0) before.splice(at, 1);
      return at < 0;
    });
    setText(this.news, fresh.map(e => t('news', {coin: e.coin_type, text: statusText(e)})).join(' '));
  }

  showFault(error) {
    setText(this.fault, error instanceof Refused ? error.message : t('status_failed'));
    this.wait.hidden = false;
    if (!this.entries) setText(this.word, '');
  }

  showWait(seconds) {
    if (!this.wait.hidden) setText(this.wait, plural('retry_in', seconds));
  }

  clearFault() {
    setText(this.fault, '');
    this.wait.hidden = true;
  }

  async onLink() {
    const link = new URL(`#sky=${this.sky}`, location.href).href;
    setText(this.said, t(await copyText(link) ? 'copied' : 'copy_failed'));
  }
}
