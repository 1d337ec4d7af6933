// The deposit address: large, to copy, as a QR code, and in words what may be sent to it.
import {COINS, amountText, paymentUri} from './amount.js';
import {copyText} from './clipboard.js';
import {el, refill, setText, svg} from './dom.js';
import {dateTime, number, t} from './language.js';
import {qrCode} from './qr.js';
import {depositOfCoin, isMarket} from './shop.js';

const QUIET = 4;        // modules of margin that readers need

function qrImage(uri) {
  const rows = qrCode(uri);
  const size = rows.length + 2 * QUIET;
  const path = rows.flatMap((row, y) => row.map((dark, x) => dark ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : '')).join('');
  return svg('svg', {class: 'qr', viewBox: `0 0 ${size} ${size}`, role: 'img', 'aria-label': t('qr_of', {uri}), 'shape-rendering': 'crispEdges'},
    svg('rect', {width: size, height: size, fill: '#fff'}), svg('path', {d: path, fill: '#000'}));
}

// In groups for the eye; copied by hand it is whole.
const grouped = address => address.match(/.{1,4}/g).map(part => el('span', {}, part));

export class DepositView {
  constructor() {
    this.heading = el('h3', {});
    this.address = el('p', {class: 'address', translate: 'no'});
    this.said = el('span', {class: 'said', role: 'status'});
    this.copy = el('button', {type: 'button', onclick: () => this.onCopy()}, t('copy'));
    this.link = el('a', {class: 'button'}, t('open_wallet'));
    this.whose = el('p', {class: 'whose'});
    this.picture = el('div', {class: 'picture'});
    this.words = el('ul', {class: 'words'});
    this.root = el('div', {class: 'deposit', hidden: true}, this.heading, el('div', {class: 'pay'}, this.picture,
      el('div', {class: 'where'}, this.address, el('div', {class: 'buttons'}, this.copy, this.link, this.said), this.whose)), this.words);
  }

  // `deposit`: {coin, address, at} or undefined; `units`: what the calculator says, 0n for nothing.
  update({config}, sky, deposit, units) {
    this.root.hidden = !deposit;
    if (!deposit) return;
    const {coin, address, at} = deposit;
    const uri = paymentUri(coin, address, units);
    if (this.address.textContent !== address) setText(this.said, '');
    refill(this.address, address, () => grouped(address));
    setText(this.heading, t('send_to', {coin}));
    this.link.href = uri;
    setText(this.whose, `${t('for_sky_address', {sky})} · ${t('address_since', {time: dateTime(at)})}`);
    const asks = units ? t('qr_amount', {amount: number(amountText(units, COINS[coin].decimals)), coin}) : '';
    refill(this.picture, uri, () => [qrImage(uri), el('p', {}, asks)]);
    refill(this.words, [coin, isMarket(config)], () => this.sentences(config, coin));
  }

  sentences(config, coin) {
    const minimum = () => ({amount: number(depositOfCoin(config, coin).passthrough_minimum_volume), coin});
    const warnings = [t('warn_only', {coin, name: COINS[coin].name}), ...coin === 'ETH' ? [t('warn_eth')] : []];
    const words = [t('how_any'), isMarket(config) ? t('how_rate_market', minimum()) : t('how_rate'), t('warn_compare')];
    return [...warnings.map(text => el('li', {class: 'warns'}, text)), ...words.map(text => el('li', {}, text))];
  }

  async onCopy() {
    setText(this.said, '');
    setText(this.said, t(await copyText(this.address.textContent) ? 'copied' : 'copy_failed'));
  }
}
