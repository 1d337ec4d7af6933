// The head of the page: what is sold, at which rate, how much there is, and whether it can be bought now.
import {SKY_DECIMALS, amountText, parseAmount, rateOf} from './amount.js';
import {el, refill, setText} from './dom.js';
import {anyOf, number, plural, t} from './language.js';
import {depositOfCoin, enabledCoins, isBuyingLate, isMarket, payoutState, problemTexts, shopState, stockText, takesOrders} from './shop.js';

const shortSky = text => number(amountText(parseAmount(text, SKY_DECIMALS) ?? 0n, SKY_DECIMALS));

function rateText(config, coin) {
  if (isMarket(config)) return t('rate_market');
  const rate = rateOf(depositOfCoin(config, coin));
  return rate ? `1 ${coin} = ${number(amountText(rate, SKY_DECIMALS))} SKY` : t('rate_none');
}

function conditionsText(config, coin) {
  const {confirmations_required: n, passthrough_minimum_volume: minimum} = depositOfCoin(config, coin);
  const words = [n > 0 ? plural('confirmations', n) : t('confirmations_none')];
  if (isMarket(config) && minimum !== '0') words.unshift(t('rate_minimum', {amount: number(minimum), coin}));
  return words.join(' · ');
}

const figure = (name, value, note) => el('div', {class: 'figure'}, el('dt', {}, name), el('dd', {}, value, note && el('small', {}, note)));

export class HeadView {
  constructor({onRetry}) {
    this.intro = el('p', {class: 'intro'});
    this.badge = el('p', {class: 'badge'});
    this.about = el('div', {class: 'about'});
    this.wait = el('span');
    this.retry = el('p', {class: 'retry', hidden: true}, this.wait, ' ',
      el('button', {type: 'button', class: 'plain', onclick: onRetry}, t('refresh')));
    this.figures = el('dl', {class: 'figures'});
    this.root = el('section', {class: 'head', 'aria-labelledby': 'title'},
      el('div', {class: 'title'}, el('h1', {id: 'title'}, t('title')), this.badge), this.intro,
      el('div', {role: 'status'}, this.about), this.retry, this.figures);
  }

  update(shop) {
    const state = shopState(shop);
    const coins = enabledCoins(shop.config);
    this.badge.dataset.state = state;
    setText(this.badge, t(`state_${state}`));
    setText(this.intro, coins.length ? t('intro', {coin: anyOf(coins)}) : '');
    this.showAbout(state, shop);
    this.retry.hidden = state !== 'unreachable';
    this.showFigures(shop);
  }

  // What is the matter, and what it means; said anew only when it changes.
  showAbout(state, {health}) {
    const texts = [];
    if (state === 'unreachable') texts.push(t('about_unreachable'));
    if (state === 'closed') texts.push(t('about_closed'));
    if (state === 'degraded') texts.push(t(isBuyingLate(health) ? 'about_buying' : 'about_degraded'), ...problemTexts(health));
    const payouts = state === 'unreachable' ? null : payoutState(health);
    if (payouts) texts.push(t('about_paused'), t('sender_says', {text: health.exchange.sender_error}));
    this.about.dataset.state = state;
    refill(this.about, texts, () => texts.map(text => el('p', {}, text)));
  }

  showWait(seconds) { setText(this.wait, plural('retry_in', seconds)); }

  showFigures({config, health}) {
    if (!config) return;
    const coins = takesOrders(config) ? enabledCoins(config) : [];
    const stock = stockText(health);
    const rows = [...coins.map(coin => [t('rate'), rateText(config, coin), conditionsText(config, coin)]),
      ...health ? [[t('stock'), stock === null ? t('stock_unknown') : `${shortSky(stock)} SKY`, '']] : []];
    refill(this.figures, rows, () => rows.map(row => figure(...row)));
  }
}
