// The operator's page: what needs a person first, then figures, nodes, days and deposits.  It reads
// only; what changes something goes through tellerctl.
import {Refused, get, hasToken, save, setToken} from './api.js';
import {fillDays, lastDays} from './days.js';
import {el, setText} from './dom.js';
import {AttentionView} from './view_attention.js';
import {DaysView} from './view_days.js';
import {DepositView} from './view_deposit.js';
import {DepositsView} from './view_deposits.js';
import {FiguresView} from './view_figures.js';
import {NodesView} from './view_nodes.js';
import {TokenView} from './view_token.js';

const EVERY_MS = 15000;
const DAYS = 30;
const DENIED = {401: 'This token is not known.', 403: 'The role of this token does not allow to read.'};

class Page {
  constructor() {
    this.token = new TokenView({onToken: () => this.begin()});
    this.attention = new AttentionView({onErrored: () => this.deposits.showAll('errored')});
    this.figures = new FiguresView();
    this.nodes = new NodesView();
    this.days = new DaysView();
    this.deposit = new DepositView();
    this.deposits = new DepositsView({onOpen: query => this.open(query), onFault: e => this.onFault(e)});
    this.place();
    document.addEventListener('visibilitychange', () => { if (!document.hidden) this.refresh(); });
  }

  place() {
    this.time = el('span', {class: 'soft'});
    this.forget = el('button', {type: 'button', class: 'plain', hidden: true, onclick: () => this.forgetToken()}, 'Forget token');
    document.getElementById('now').append(this.time, el('button', {type: 'button', class: 'plain', onclick: () => this.begin()}, 'Refresh'), this.forget);
    this.fault = el('p', {class: 'fault', role: 'alert'});
    this.views = el('div', {hidden: true}, this.attention.root, this.figures.root, this.nodes.root, this.days.root, this.deposits.root, this.exports());
    document.getElementById('page').replaceChildren(el('h1', {class: 'hidden'}, 'Teller, for its operator'), this.fault, this.token.root, this.views, this.deposit.root);
  }

  exports() {
    this.saved = el('p', {class: 'word', role: 'status'});
    const button = (text, path, name) => el('button', {type: 'button', onclick: () => this.save(path, name)}, text);
    return el('section', {'aria-labelledby': 'files'}, el('h2', {id: 'files'}, 'Files'), el('div', {class: 'buttons'},
      button('Accounting, day by day (CSV)', 'api/accounting.csv', 'accounting.csv'), button('Backup of the database', 'api/backup', 'teller.db')), this.saved);
  }

  async begin() {
    await this.refresh();
    if (!this.views.hidden) this.deposits.load();
  }

  // One at a time; the next when this one is over.
  async refresh() {
    if (this.busy) return;
    this.busy = true;
    clearTimeout(this.timer);
    try {
      this.show(await this.read());
    } catch (e) {
      this.onFault(e);
    } finally {
      this.busy = false;
      if (this.token.root.hidden) this.timer = setTimeout(() => document.hidden || this.refresh(), EVERY_MS);
    }
  }

  // The first question alone: a wrong token is one failed attempt, of which there are few.
  async read() {
    const names = lastDays(DAYS);
    const {daemons} = await get('api/daemons');
    const [counts, {periods}] = await Promise.all([get('api/deposits/counts'), get('api/accounting', {period: 'day', from: names[0]})]);
    return {daemons, counts, errored: counts.errored, periods: fillDays(periods, names)};
  }

  show(state) {
    for (const view of [this.attention, this.figures, this.nodes, this.days, this.deposits]) view.update(state);
    setText(this.time, `As of ${new Date().toLocaleTimeString()}`);
    setText(this.fault, '');
    this.token.hide();
    this.forget.hidden = !hasToken();
    if (!this.views.hidden) return;
    this.views.hidden = false;
  }

  // Without a good token nothing is shown; without an answer, what is old stays and is called old.
  onFault(e) {
    const asks = e instanceof Refused && DENIED[e.status];
    const isDenied = asks || e.status === 429;
    if (isDenied) {
      this.views.hidden = true;
      this.deposit.root.close();
      this.token.ask(hasToken() ? asks || e.message : '');
    }
    setText(this.fault, isDenied ? '' : e instanceof Refused ? e.message : `apid does not answer (${e.message}); what is shown is old.`);
  }

  async open(query) {
    try {
      this.deposit.show(await get('api/deposit', query));
    } catch (e) {
      if (e instanceof Refused && e.status !== 401) this.deposit.showFault(e.message);
      else this.onFault(e);
    }
  }

  async save(path, name) {
    setText(this.saved, 'Fetching…');
    try {
      await save(path, {}, name);
      setText(this.saved, 'Saved.');
    } catch (e) {
      setText(this.saved, e.message);
    }
  }

  forgetToken() {
    setToken('');
    this.begin();
  }
}

new Page().begin();
