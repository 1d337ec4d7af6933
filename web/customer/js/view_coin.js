// The choice of a coin: radio buttons, of enabled coins only.
import {COINS} from './amount.js';
import {el, refill} from './dom.js';
import {t} from './language.js';

export class CoinView {
  constructor({onChange}) {
    this.onChange = onChange;
    this.choices = el('div', {class: 'coins'});
    this.root = el('fieldset', {class: 'step', id: 'step-coin'}, el('legend', {}, el('h2', {}, t('step_coin'))), this.choices);
  }

  update(coins) {
    if (!coins.includes(this.coin)) this.coin = coins[0];
    refill(this.choices, coins, () => coins.map(coin => this.choice(coin)));
  }

  choice(coin) {
    return el('label', {class: 'coin'},
      el('input', {type: 'radio', name: 'coin', value: coin, checked: coin === this.coin, onchange: () => this.choose(coin)}),
      el('span', {}, el('b', {}, coin), ' ', el('small', {}, COINS[coin].name)));
  }

  choose(coin) {
    this.coin = coin;
    this.onChange(coin);
  }
}
