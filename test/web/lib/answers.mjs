// Answers of the public API for the states in which the service cannot easily be brought.
import {answer} from './browser.mjs';

const coin = (enabled, rate, confirmations, minimum = '0') => ({enabled, confirmations_required: confirmations, fixed_exchange_rate: rate, passthrough_minimum_volume: minimum});

export const config = (more = {}) => answer({enabled: true, buy_method: 'direct', max_bound_addrs: 5, max_decimals: 3,
  deposits: {btc: coin(true, '500.000000', 1, '0.005'), eth: coin(true, '33.333000', 12), sky: coin(false, '1.000000', 0)}, ...more});

export const health = ({sender = '', processor = '', coins = '12345.500000', ...more} = {}) => answer({status: 'OK', application: 'teller', version: 'test', uptime: '1h0m0s',
  exchange: {buy_method: 'direct', processor_error: processor, sender_error: sender, balance: {coins, hours: '100'}, deposit_error_count: 0}, ...more});

export const statuses = (...entries) => answer({statuses: entries.map(([status, coin_type = 'BTC', more = {}], seq) =>
  ({seq, updated_at: 1767225600 + 60 * seq, status, coin_type, ...more}))});

export const SEVEN = ['done', 'waiting_confirm', 'waiting_send', 'waiting_passthrough_order_complete', 'waiting_passthrough', 'waiting_decide', 'waiting_deposit'];
export const ADDRESS = {BTC: `bc1p${'5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr'}`, ETH: '0x52908400098527886e0f7030069857d2e4169ee7'};
export const bound = coin => answer({deposit_address: ADDRESS[coin], coin_type: coin, buy_method: 'direct'});
export const open = {config: config(), health: health(), status: answer({}), bind: (r, {coin_type}) => bound(coin_type)};
