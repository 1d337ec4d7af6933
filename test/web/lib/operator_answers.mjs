// Answers of the operator's API: a shop that has been running for a while and wants something.
import {customer} from '../../e2e/lib/files.mjs';
import {ADDRESS} from './answers.mjs';
import {answer} from './browser.mjs';

const DAY_S = 86400;
const hex = (seed, n) => Array.from({length: 64}, (_, i) => ((seed * 7919 + n * 104729 + i * i * 31 + (seed + i) * 17) % 16).toString(16)).join('');

const chain = (coin, tip, behind, state = 'scanning') => ({coin, height: tip - behind, node_tip: tip, state});

function daemons(now) {
  const up = (name, detail, problems = [], more = {}) => ({name, up: true, version: '4f2c9d81a7e35b60', uptime: '212h4m9.5s', error: '', ...more, problems, detail});
  return {daemons: [
    up('exchangerd', {pool: {BTC: 1841, ETH: 62}, unassigned: 0, disk_free_bytes: 183e9, database_bytes: 41e6, wal_bytes: 4.2e6},
      [{what: 'pool_low_eth', since: now - 7200, text: '62 ETH deposit addresses are left: add some to eth_addresses and send SIGHUP', component: 'eth_pool', customers: 'nothing for now'}]),
    up('scannerd', {chains: [chain('BTC', 938211, 0), chain('ETH', 24561077, 1), chain('SKY', 311902, 0)]}),
    up('senderd', {send_enabled: true, waiting: 1, waiting_coins: '1250.000000', capped: 1, open: 2, held: 0, node_version: '0.27.1', node_height: 311902, wallet_addresses: 12},
      [{what: 'payout_cap', since: now - 1500, text: '1 payout of 1250 SKY is above cap_payout: tellerctl payout approve', component: 'payouts', customers: 'large payouts take longer'}],
      {balance: {coins: '48210.250000', hours: '912440'}}),
    up('apid', null)]};
}

// Quiet days, busy days, one without a sale.
const soldOn = i => i === 11 ? 0 : 3 + (i * 7) % 13 + (i % 7 === 5 ? 9 : 0);

const periods = now => ({periods: Array.from({length: 30}, (_, i) => i).filter(soldOn).map(i => ({
  period: new Date(1000 * (now - (29 - i) * DAY_S)).toISOString().slice(0, 10), deposits: soldOn(i), sent: `${soldOn(i) * 187}.250000`,
  received: {BTC: `0.${String(soldOn(i) * 3127450).padStart(8, '0')}`, ETH: `${soldOn(i) % 5}.250000000000000000`, SKY: '0.000000'}}))});

const STATES = ['waiting_send', 'waiting_confirm', 'waiting_confirm', 'done', 'done', 'done', 'done', 'done'];

function deposit(now, n) {
  const coin = n % 3 ? 'BTC' : 'ETH', status = STATES[Math.min(n, 7)];
  const value = coin === 'BTC' ? 1250000 + 37500 * n : 740000000 + 15000000 * n;
  return {seq: 412 - n, updated_at: now - 240 - 1900 * n, status, coin_type: coin, sky_address: customer(n), buy_method: 'direct', deposit_address: ADDRESS[coin], deposit_id: `${hex(n, 1)}:0`,
    txid: status === 'waiting_send' ? '' : hex(n, 2), conversion_rate: coin === 'BTC' ? '500' : '33.333', deposit_value: value, ...coin === 'ETH' ? {deposit_value_wei: `${value}000000000`} : {},
    sky_sent: status === 'waiting_send' ? 0 : 6250000 + 187000 * n, error: '', deposit: {coin_type: coin, address: ADDRESS[coin], value, height: 938000 + n, tx: hex(n, 1), n: 0, processed: false}};
}

const figures = (deposits, errored = 0) => ({deposits, errored});
const counts = {by_status: {waiting_decide: figures(0), waiting_passthrough: figures(0), waiting_passthrough_order_complete: figures(0), waiting_send: figures(1),
  waiting_confirm: figures(2), done: figures(409), waiting_deposit: figures(0)}, by_coin: {BTC: figures(275), ETH: figures(137), SKY: figures(0)}, ...figures(412)};

export function operator(time) {
  const now = time.getTime() / 1000;
  return {daemons: answer(daemons(now)), health: answer({status: 'DEGRADED', exchange: {deposit_error_count: 0}}), accounting: answer(periods(now)),
    deposits: answer({deposits: Array.from({length: 14}, (_, n) => deposit(now, n)), next: 399}), 'deposits/counts': answer(counts)};
}
