// Deposits: by state, or what was searched for; newest first.  One of them opens its history.
import {Refused, get, save} from './api.js';
import {el, refill, setText} from './dom.js';
import {STATUS, at, count, depositValue, short, sky, statusText} from './format.js';
import {searchFor} from './search.js';
import {table} from './table.js';

const PAGE = 50;
const COLUMNS = ['Number', 'Changed', 'State', 'Paid in', 'SKY sent', 'SKY address', 'Deposit', 'Payout', 'Error'];

const choices = [['errored', 'With an error'], ['', 'All'], ...Object.entries(STATUS)];
const PERIODS = [['1', 'a day'], ['7', '7 days'], ['30', '30 days'], ['', 'any time']];

const select = (id, options, onchange) => el('select', {id, onchange}, options.map(([value, text]) => el('option', {value}, text)));

// Whose address it is, the service says: it takes a SKY address, or refuses it.
async function resolved({address, ...query}) {
  if (!address) return query;
  try {
    await get('api/deposits', {sky_address: address, limit: 1});
    return {...query, sky_address: address};
  } catch (e) {
    if (!(e instanceof Refused) || e.status !== 400) throw e;
    return {...query, deposit_address: address};
  }
}

// How many there are in all of what `state` stands for.
const total = (counts, state) => state === 'errored' ? counts.errored : state ? counts.by_status[state].deposits : counts.deposits;

export class DepositsView {
  // `onOpen(query)`: show one deposit.
  constructor({onOpen, onFault}) {
    Object.assign(this, {onOpen, onFault, round: 0});
    this.state = select('state', choices, () => this.load());
    this.period = select('period', PERIODS, () => this.load());
    this.state.value = '';
    this.period.value = '7';
    this.query = el('input', {id: 'search', type: 'search', autocomplete: 'off', spellcheck: 'false', 'aria-describedby': 'search-hint'});
    this.word = el('p', {class: 'word', role: 'status'});
    this.counted = el('div', {class: 'buttons counts', role: 'group', 'aria-label': 'How many there are'});
    this.rows = el('div');
    this.more = el('button', {type: 'button', hidden: true, onclick: () => this.loadMore()}, 'Show more');
    this.csv = el('button', {type: 'button', onclick: () => this.export()}, 'Save as CSV');
    this.root = el('section', {class: 'deposits', 'aria-labelledby': 'deposits'}, el('h2', {id: 'deposits'}, 'Deposits'), this.counted, this.form(), this.word, this.rows,
      el('div', {class: 'buttons'}, this.more, this.csv));
  }

  form() {
    const field = (control, label) => el('div', {class: 'field'}, el('label', {for: control.id}, label), control);
    return el('form', {class: 'filter', role: 'search', onsubmit: e => { e.preventDefault(); this.search(); }},
      field(this.state, 'State'), field(this.period, 'Changed within'),
      el('div', {class: 'field wide'}, el('label', {for: 'search'}, 'Search'), el('div', {class: 'join'}, this.query, el('button', {type: 'submit'}, 'Search')),
        el('p', {id: 'search-hint', class: 'soft'}, 'SKY address, deposit address, transaction id of either side, deposit id, or number')));
  }

  // All of a state, whenever they changed.
  showAll(state) {
    this.state.value = state;
    this.period.value = '';
    this.query.value = '';
    this.load();
    this.state.focus();
  }

  // What there is; of what there is none only the whole.
  update({counts}) {
    this.counts = counts;
    const there = choices.filter(([state]) => state === '' || total(counts, state) > 0);
    refill(this.counted, there.map(([state]) => total(counts, state)), () => there.map(([state, text]) =>
      el('button', {type: 'button', class: 'plain', onclick: () => this.showAll(state)}, `${text}: ${count(total(counts, state))}`)));
  }

  search() {
    const {seq, deposit_id: id} = searchFor(this.query.value);
    if (seq || id) return this.onOpen({seq, deposit_id: id});
    if (this.query.value.trim()) { this.state.value = ''; this.period.value = ''; }
    return this.load();
  }

  filter() {
    const days = Number(this.period.value);
    const {seq, deposit_id, ...search} = searchFor(this.query.value);
    const status = this.state.value === 'errored' ? '' : this.state.value;
    return {...search, status, since: days ? Math.floor(Date.now() / 1000) - 86400 * days : ''};
  }

  get path() { return this.state.value === 'errored' ? 'api/deposits/errored' : 'api/deposits'; }

  async load() {
    this.csv.hidden = this.state.value === 'errored';       // the service's file has no such choice
    await this.read(async () => {
      const query = {...await resolved(this.filter()), order: 'desc', limit: PAGE};
      return {query, path: this.path, all: [], ...await get(this.path, query)};
    });
  }

  // Behind what is shown, of the same filter, whatever the form says by now.
  async loadMore() {
    const {query, path, all, next} = this.list;
    await this.read(async () => ({query, path, all, ...await get(path, {...query, after: next})}));
  }

  // Of several that were begun the last one counts.
  async read(ask) {
    const round = ++this.round;
    try {
      const {query, path, all, deposits, next} = await ask();
      if (round !== this.round) return;
      this.list = {query, path, next, all: [...all, ...deposits]};
      this.show();
    } catch (e) {
      if (round !== this.round) return;
      setText(this.word, e.message);
      this.onFault(e);
    }
  }

  // The service knows how many there are of a state; how many a search or a time lets through nobody has counted.
  words({all, next, query, path}) {
    if (!next) return all.length === 1 ? 'One deposit.' : all.length ? `${count(all.length)} deposits.` : 'No deposits.';
    const {status, order, limit, ...narrowed} = query;
    const isCounted = this.counts && Object.values(narrowed).every(v => v === '');
    const state = path.endsWith('errored') ? 'errored' : status;
    return `The newest ${count(all.length)}${isCounted ? ` of ${count(total(this.counts, state))} deposits.` : ' deposits; there are more.'}`;
  }

  show() {
    const {all, next} = this.list;
    setText(this.word, this.words(this.list));
    this.more.hidden = !next;
    refill(this.rows, all, () => all.length ? [table('List of deposits', COLUMNS, all.map(d => this.row(d)))] : []);
  }

  row(d) {
    const code = text => text ? el('code', {title: text}, short(text)) : '';
    return [el('button', {type: 'button', class: 'plain', 'aria-label': `Deposit ${d.seq}`, onclick: () => this.onOpen({seq: d.seq})}, `#${d.seq}`), at(d.updated_at),
      el('span', {class: `state ${d.status}`}, statusText(d.status)), `${depositValue(d)} ${d.coin_type}`, d.sky_sent ? sky(d.sky_sent) : '',
      code(d.sky_address), code(d.deposit.tx), code(d.txid), d.error ? el('strong', {class: 'bad'}, d.error) : ''];
  }

  async export() {
    try {
      await save('api/deposits.csv', await resolved(this.filter()), 'deposits.csv');
    } catch (e) {
      setText(this.word, e.message);
    }
  }
}
