// The customer's page: rate and stock, coin, SKY address, amount, deposit address, progress, memory.
// The views show and tell what a person did; what follows from that is decided here.
import {getConfig, getHealth, getStatus} from './api.js';
import {el, focusOn} from './dom.js';
import {loadLanguage, t} from './language.js';
import {depositOf, onChangeElsewhere, orderOf, remember, allOrders} from './memory.js';
import {Poller} from './poller.js';
import {enabledCoins, takesOrders} from './shop.js';
import {BindView} from './view_bind.js';
import {CalculatorView} from './view_calculator.js';
import {CoinView} from './view_coin.js';
import {DepositView} from './view_deposit.js';
import {HeadView} from './view_head.js';
import {MemoryView} from './view_memory.js';
import {ProgressView} from './view_progress.js';
import {SkyView} from './view_sky.js';

const STATUS_S = 10;
const SHOP_S = 60;
const HIDDEN_S = 60;

const step = (id, title, ...inside) => el('section', {class: 'step', id, 'aria-labelledby': `${id}-title`}, el('h2', {id: `${id}-title`}, title), ...inside);

class Page {
  constructor() {
    this.shop = {config: undefined, health: undefined, failure: null};
    this.makeViews();
    this.makePollers();
    this.place();
    onChangeElsewhere(() => this.update());
    addEventListener('hashchange', () => this.openLink());
  }

  makeViews() {
    this.head = new HeadView({onRetry: () => this.shopPoller.hurry()});
    this.coin = new CoinView({onChange: () => this.update()});
    this.sky = new SkyView({onChange: () => this.update()});
    this.calculator = new CalculatorView({onChange: () => this.update()});
    this.bind = new BindView({onStatus: () => this.onStatus()});
    this.deposit = new DepositView();
    this.progress = new ProgressView({onRefresh: () => this.statusPoller.hurry()});
    this.memory = new MemoryView({onOpen: sky => this.open(sky, true), onForgotten: () => this.onForgotten()});
  }

  makePollers() {
    this.shopPoller = new Poller({everyS: SHOP_S, hiddenS: SHOP_S,
      ask: () => this.askShop(),
      onAnswer: () => { this.shop.failure = null; this.update(); },
      onFailure: failure => { this.shop.failure = failure; this.update(); }});
    this.statusPoller = new Poller({everyS: STATUS_S, hiddenS: HIDDEN_S, ask: () => getStatus(this.watched),
      onAnswer: entries => this.progress.show(entries, this.shop.config),
      onFailure: error => { this.progress.showFault(error); this.tick(); }});
  }

  // Either is of use without the other.
  askShop() {
    const take = (name, answer) => answer.then(value => { this.shop[name] = value; this.update(); });
    return Promise.all([take('config', getConfig()), take('health', getHealth())]);
  }

  place() {
    this.amountStep = step('step-amount', t('step_amount'), this.calculator.root);
    this.depositStep = step('step-deposit', t('step_deposit'), this.bind.root, this.deposit.root);
    this.form = el('form', {class: 'order', novalidate: true, onsubmit: e => { e.preventDefault(); this.onSubmit(); }},
      this.coin.root, step('step-sky', t('step_sky'), this.sky.root), this.amountStep, this.depositStep);
    this.main = document.getElementById('page');
    this.main.replaceChildren(this.head.root, this.form, this.progress.root, this.memory.root);
    this.main.removeAttribute('aria-busy');
  }

  start() {
    this.update();
    this.shopPoller.start();
    setInterval(() => this.tick(), 1000);
    const last = allOrders()[0];
    if (!this.openLink() && last) this.open(last.sky, false);
  }

  update() {
    const {config} = this.shop;
    const open = takesOrders(config);
    if (open) this.coin.update(enabledCoins(config));
    const coin = this.coin.coin;
    this.head.update(this.shop);
    this.coin.root.hidden = this.amountStep.hidden = !open;
    if (open) this.calculator.update(this.shop, coin);
    const deposit = this.sky.sky ? this.shownDeposit(coin) : undefined;
    this.bind.update(this.shop, coin, Boolean(deposit), open);
    this.deposit.update(this.shop, this.sky.sky, deposit, deposit?.coin === coin ? this.calculator.units : 0n);
    this.memory.update();
    this.tick();
  }

  // With a closed shop there is no choice of coin: the last address is shown.
  shownDeposit(coin) {
    return depositOf(this.sky.sky, coin) ?? (coin ? undefined : orderOf(this.sky.sky)?.deposits.slice(-1)[0]);
  }

  tick() {
    this.head.showWait(this.shopPoller.waitS || 0);
    this.progress.showWait(this.statusPoller.waitS || 0);
  }

  async onSubmit() {
    const coin = this.coin.coin;
    const sky = this.sky.demand();
    if (!sky) return;
    if (!takesOrders(this.shop.config)) return this.onStatus();
    const deposit = await this.bind.ask(sky, coin);
    if (deposit) {
      remember(sky, deposit);
      this.watch(sky);
    }
    this.update();
    if (deposit && this.sky.sky === sky) focusOn(this.deposit.heading);
  }

  onStatus() {
    const sky = this.sky.demand();
    if (!sky) return;
    this.watch(sky);
    focusOn(this.progress.heading);
  }

  // Shows the payments of `sky` from now on.
  watch(sky) {
    if (this.watched === sky) return this.statusPoller.hurry();
    this.statusPoller.stop();
    this.watched = sky;
    this.progress.begin(sky);
    this.statusPoller.start();
  }

  open(sky, moves) {
    this.sky.set(sky);
    this.watch(sky);
    if (moves) focusOn(this.progress.heading);
  }

  // A link "#sky=ADDRESS"; false: there is none that is good.
  openLink() {
    const sky = new URLSearchParams(location.hash.slice(1)).get('sky');
    if (!sky) return false;
    this.sky.set(sky.trim());
    if (!this.sky.sky) return false;
    this.watch(this.sky.sky);
    return true;
  }

  onForgotten() {
    this.statusPoller.stop();
    this.watched = undefined;
    this.progress.begin('');
    this.sky.input.value = '';
    this.sky.read(false);
    if (location.hash) history.replaceState(null, '', location.pathname + location.search);
    this.update();
  }
}

// Links to the same view in other languages.
function keepHash() {
  for (const a of document.querySelectorAll('nav a'))
    a.addEventListener('click', () => { a.hash = location.hash; });
}

// No `await` here: browsers of 2020 do not know it.
loadLanguage().then(() => {
  document.title = t('title');
  keepHash();
  new Page().start();
});
