// How much SKY for how many coins, both ways.  The number goes into the payment link.
import {COINS, SKY_DECIMALS, amountText, coinFor, dropletStep, parseAmount, rateOf, skyFor} from './amount.js';
import {el, setText} from './dom.js';
import {number, plural, t, typed, untyped} from './language.js';
import {depositOfCoin, isMarket, stockText} from './shop.js';

const shown = (units, decimals) => number(amountText(units, decimals));

function field(id, label, oninput) {
  const input = el('input', {id, inputmode: 'decimal', autocomplete: 'off', maxlength: 34, 'aria-describedby': 'amount-word', oninput});
  const unit = el('span', {class: 'unit'}, 'SKY');
  return {input, unit, root: el('div', {class: 'field'}, el('label', {for: id}, label), el('div', {class: 'with-unit'}, input, unit))};
}

export class CalculatorView {
  // `onChange` is called when `units` (of the coin; 0n for none) has changed.
  constructor({onChange}) {
    Object.assign(this, {onChange, units: 0n});
    this.pay = field('pay', t('you_pay'), () => this.onPay());
    this.get = field('get', t('you_get'), () => this.onGet());
    this.word = el('p', {id: 'amount-word', class: 'word', 'aria-live': 'polite'});
    this.root = el('div', {class: 'calculator'}, this.pay.root, this.get.root, this.word);
  }

  update({config, health}, coin) {
    const changed = this.coin !== coin;
    const deposit = depositOfCoin(config, coin);
    Object.assign(this, {coin, decimals: COINS[coin].decimals, places: config.max_decimals, stock: stockText(health),
      minimum: deposit.passthrough_minimum_volume, rate: isMarket(config) ? 0n : rateOf(deposit)});
    setText(this.pay.unit, coin);
    this.get.root.hidden = !this.rate;
    if (changed) this.pay.input.value = this.get.input.value = '';
    if (changed) this.take(0n, 0n);
    else this.showWord();
  }

  onPay() {
    const units = this.read(this.pay.input, this.decimals);
    if (units === null) return;
    const sky = skyFor(units, this.rate, this.decimals, this.places);
    this.get.input.value = sky ? typed(amountText(sky, SKY_DECIMALS)) : '';
    this.take(units, sky);
  }

  onGet() {
    const steps = this.read(this.get.input, this.places);
    if (steps === null) return;
    const sky = steps * dropletStep(this.places);
    const units = coinFor(sky, this.rate, this.decimals);
    this.pay.input.value = units ? typed(amountText(units, this.decimals)) : '';
    this.take(units, sky);
  }

  // Units of what was typed, 0n for nothing; null: said what is wrong.
  read(input, decimals) {
    const text = untyped(input.value);
    const units = text === '' ? 0n : parseAmount(text, decimals);
    if (units === null) this.refuse(input, plural('amount_bad', decimals, {example: number('0.05')}));
    return units;
  }

  refuse(input, fault) {
    this.take(0n, 0n, fault);
    input.setAttribute('aria-invalid', 'true');
  }

  take(units, sky, fault) {
    const changed = this.units !== units;
    Object.assign(this, {units, sky, fault});
    for (const {input} of [this.pay, this.get]) input.removeAttribute('aria-invalid');
    this.showWord();
    if (changed) this.onChange();
  }

  showWord() {
    const [tone, text] = this.fault ? ['bad', this.fault] : this.rate ? this.wordForRate() : this.wordForMarket();
    this.word.dataset.tone = tone;
    setText(this.word, text);
  }

  wordForMarket() {
    const {units, coin, decimals, minimum} = this;
    const least = {amount: number(minimum), coin};
    if (!units) return ['calm', t('amount_hint_market', least)];
    if (units < parseAmount(minimum, decimals)) return ['warn', t('amount_below_minimum', least)];
    return ['calm', t('qr_amount', {amount: shown(units, decimals), coin})];
  }

  wordForRate() {
    const {units, sky, coin, decimals, stock} = this;
    const smallest = {amount: shown(coinFor(dropletStep(this.places), this.rate, decimals), decimals), coin};
    if (!units) return ['calm', `${t('amount_hint')} ${t('amount_smallest', smallest)}`];
    if (!sky) return ['warn', t('amount_too_small', smallest)];
    const have = stock === null ? sky : parseAmount(stock, SKY_DECIMALS);
    if (sky > have) return ['warn', t('amount_above_stock', {sky: shown(have, SKY_DECIMALS)})];
    return ['good', t('amount_result', {coin_amount: shown(units, decimals), coin, sky: shown(sky, SKY_DECIMALS)})];
  }
}
