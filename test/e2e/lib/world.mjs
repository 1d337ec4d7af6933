// A whole world for one test: Bitcoin, Skycoin, Teller between them; and its end, which proves that
// every process stopped in good order and none is left.
import assert from 'node:assert/strict';
import path from 'node:path';
import {Bitcoin, Proxy} from './bitcoin.mjs';
import {CHAIN_ID, Ethereum, ethPool} from './ethereum.mjs';
import {skyPool, writePool} from './files.mjs';
import {livingProcesses} from './process.mjs';
import {Sky} from './sky.mjs';
import {Teller} from './teller.mjs';

export class World {
  // Real nodes.  `fund`: outputs of 1,000 SKY in the hot wallet; `proxy`: a Proxy before Bitcoin;
  // `memory` false: the Bitcoin node may be restarted; `sky`: which Skycoin nodes, see Sky.start();
  // `ethereum`: how to start that node too, or true.
  static async real(suite, {conf = {}, pool, fund = 10, autoBlockMs, sky, proxy = false, memory = true, ethereum} = {}) {
    const w = new this();
    w.teller = await Teller.create({conf, pool});
    suite.after(() => w.end());
    const file = name => path.join(w.teller.dir, name);
    [w.bitcoin, w.sky] = await Promise.all([
      Bitcoin.start({dir: file('bitcoin'), log: file('bitcoin.log'), memory}),
      Sky.start({log: file('skycoin.log'), autoBlockMs, ...sky})]);
    if (proxy) w.proxy = await Proxy.start(w.bitcoin.url);
    if (ethereum) await w.addEthereum(ethereum === true ? {} : ethereum);
    w.teller.configure({
      btc_rpc: {server: (w.proxy ?? w.bitcoin).server, user: 'rpc', pass: 'regtest'},
      sky_rpc: {address: w.sky.addresses}});
    if (fund) await w.fund(fund);
    return w;
  }

  // Deposits are pretended, and paid out through simulated Skycoin nodes.
  static async pretended(suite, {conf = {}, pool, fund = 10, autoBlockMs, sky} = {}) {
    const w = new this();
    w.teller = await Teller.create({conf, pool});
    suite.after(() => w.end());
    w.sky = await Sky.start({log: w.teller.file('skycoin.log'), autoBlockMs, ...sky});
    w.teller.configure({dummy: {scanner: true}, sky_rpc: {address: w.sky.addresses}});
    await w.fund(fund);
    return w;
  }

  // Deposits of ether alone; `ethereum`: as of addEthereum().
  static async ether(suite, {conf = {}, fund = 10, ethereum = {}} = {}) {
    const w = new this();
    w.teller = await Teller.create({conf});
    suite.after(() => w.end());
    w.sky = await Sky.start({log: w.teller.file('skycoin.log')});
    w.teller.configure({btc_scanner: {enabled: false}, sky_rpc: {address: w.sky.addresses}});
    await w.addEthereum(ethereum);
    if (fund) await w.fund(fund);
    return w;
  }

  // `kind`: which node; `pool`: what is bound, or a function that makes it on the node.
  async addEthereum({keep, kind = Ethereum, pool = ethPool(12)}) {
    const {teller} = this;
    this.ethereum = await kind.start({dir: teller.dir, log: teller.file('ethereum.log'), keep});
    writePool(teller.file('eth_addresses.txt'), pool instanceof Function ? await pool(this.ethereum) : pool);
    const scanner = {enabled: true, scan_period: '100ms', initial_scan_height: 1, confirmations_required: 1};
    teller.configure({eth_addresses: 'eth_addresses.txt', eth_rpc: {server: this.ethereum.url, chain_id: CHAIN_ID},
      eth_scanner: {...scanner, ...teller.conf.eth_scanner}, sky_exchanger: {sky_eth_exchange_rate: '100'}});
  }

  // Deposits of SKY alone, on simulated Skycoin nodes that both take them and pay them out.
  static async skycoin(suite, {conf = {}, fund = 10, autoBlockMs, sky} = {}) {
    const w = new this();
    w.teller = await Teller.create({conf});
    suite.after(() => w.end());
    w.sky = await Sky.start({log: w.teller.file('skycoin.log'), autoBlockMs, ...sky});
    w.teller.configure({btc_scanner: {enabled: false}, sky_rpc: {address: w.sky.addresses, ...w.teller.conf.sky_rpc}});
    w.takeSky();
    if (fund) await w.fund(fund);
    return w;
  }

  // SKY is taken, too: half a SKY for each.
  takeSky() {
    const {teller} = this;
    writePool(teller.file('sky_addresses.txt'), skyPool(12));
    const scanner = {enabled: true, scan_period: '100ms', initial_scan_height: 0, confirmations_required: 1};
    teller.configure({sky_addresses: 'sky_addresses.txt', sky_scanner: {...scanner, ...teller.conf.sky_scanner},
      sky_exchanger: {sky_sky_exchange_rate: '1/2'}});
  }

  // Neither node: the chain and the wallet are pretended.
  static async dummy(suite, {conf = {}, pool} = {}) {
    const w = new this();
    w.teller = await Teller.create({conf, pool});
    w.teller.configure({dummy: {scanner: true, sender: true}});
    suite.after(() => w.end());
    return w;
  }

  // Other Skycoin nodes in the place of the first ones; Teller is told when it is started again.
  async replaceSky(sky) {
    await this.sky.process.stop();
    this.sky = await Sky.start({log: this.teller.file('skycoin.log'), ...sky});
    this.teller.configure({sky_rpc: {address: this.sky.addresses}});
    await this.fund(10);
  }

  fund(count, coins = '1000', hours = 100000) {
    return this.sky.sim('fund', {address: this.teller.walletAddresses[0], count, coins, hours});
  }

  // TELLER_TEST_KEEP in the environment keeps the data directory.
  async end() {
    const stopped = await Promise.allSettled([this.teller.stopAll(), this.bitcoin?.process.stop(),
      this.ethereum?.process.stop(), this.sky?.process.stop(), this.proxy?.stop(), this.authority?.stop()]);
    const left = livingProcesses(this.teller.dir);
    await Promise.all(left.map(p => p.kill()));
    if (!process.env.TELLER_TEST_KEEP) this.teller.remove();
    assert.deepEqual(stopped.filter(r => r.status === 'rejected').map(r => r.reason.message), []);
    assert.deepEqual(left.map(p => `${p.name} (${p.pid})`), []);
  }

  // What was paid to each customer is what is expected, to the droplet, nothing else was paid, and
  // senderd never offered the node anything that is wrong.  `expected`: {address: droplets}.
  async assertPaid(expected) {
    const paid = await this.sky.paidFrom(this.teller.walletAddresses);
    assert.deepEqual(Object.fromEntries(paid), expected);
    assert.deepEqual(await this.sky.refusals(), []);
  }
}

const DROPLETS = 1000000n;
const SATOSHIS = 100000000n;
const WEI = 10n ** 18n;
const STEP = 1000n;     // payouts are cut to three decimals

// Droplets owed for `satoshi` at `rate` SKY for a bitcoin, an exact fraction [number, divisor].
export function owed(satoshi, [sky, per] = [500, 1]) {
  const droplets = BigInt(satoshi) * BigInt(sky) * DROPLETS / (BigInt(per) * SATOSHIS);
  return droplets - droplets % STEP;
}
// The same for `wei`.
export const owedWei = (wei, rate = [100, 1]) => owed(wei, [rate[0], BigInt(rate[1]) * WEI / SATOSHIS]);
// The same for `droplets`.
export function owedSky(droplets, [sky, per] = [1, 2]) {
  const exact = BigInt(droplets) * BigInt(sky) / BigInt(per);
  return exact - exact % STEP;
}
export const coinsText = droplets => `${droplets / DROPLETS}.${String(droplets % DROPLETS).padStart(6, '0')}`;
