// Pays and mines on the regtest chain, with the coins of the tests' key.
import {NETWORK, bcoin} from './bcoin.mjs';
import {miner, minerAddress} from './bitcoin-keys.mjs';

const Address = bcoin('primitives/address');
const Coin = bcoin('primitives/coin');
const MTX = bcoin('primitives/mtx');
const Script = bcoin('script/script');

const FEE = 10000;
const MATURITY = 100;

export class BitcoinPayer {
  constructor({url, user = 'rpc', pass}) {
    this.url = url;
    this.headers = {authorization: 'Basic ' + Buffer.from(`${user}:${pass}`).toString('base64'),
      'content-type': 'application/json', connection: 'close'};
  }

  async request(path, body) {
    const r = await fetch(new URL(path, this.url), {method: body ? 'POST' : 'GET', headers: this.headers, body});
    return r.json();
  }

  async rpc(method, ...params) {
    const {error, result} = await this.request('/', JSON.stringify({id: 1, method, params}));
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  height() { return this.rpc('getblockcount'); }
  mine(blocks = 1) { return this.rpc('generatetoaddress', blocks, minerAddress); }
  send(hex) { return this.rpc('sendrawtransaction', hex); }

  // Drops the newest `depth` blocks; what they held is not put back into the mempool by this node.
  async drop(depth) {
    const height = await this.height();
    await this.rpc('invalidateblock', await this.rpc('getblockhash', height - depth + 1));
  }

  // Coins of the tests' key that a block may spend now, largest first.
  async coins() {
    const height = await this.height();
    const list = await this.request(`/coin/address/${minerAddress}`);
    return list.filter(c => !c.coinbase || c.height >= 0 && height + 1 - c.height >= MATURITY)
      .sort((a, b) => b.value - a.value);
  }

  async build(outputs) {
    const mtx = new MTX();
    for (const o of outputs) mtx.addOutput(this.output(o));
    const want = outputs.reduce((s, o) => s + o.satoshi, FEE);
    let sum = 0;
    for (const c of await this.coins()) {
      if (sum >= want) break;
      mtx.addCoin(Coin.fromJSON(c, NETWORK));
      sum += c.value;
    }
    if (sum < want) throw new Error(`the tests' key holds ${sum} of ${want} satoshi: mine more`);
    if (sum > want) mtx.addOutput({address: miner.getAddress(), value: sum - want});
    mtx.sign(miner);
    return mtx;
  }

  output({address, script, satoshi}) {
    return script ? {script: Script.fromRaw(Buffer.from(script, 'hex')), value: satoshi}
      : {address: Address.fromString(address, NETWORK), value: satoshi};
  }

  // One transaction with `outputs` [{address, satoshi} or {script: hex, satoshi}] in this order,
  // change last; then `mine` blocks.  Answers {txid, hex, blocks}.
  async pay(outputs, {mine = 1} = {}) {
    const mtx = await this.build(outputs);
    const hex = mtx.toRaw().toString('hex');
    const txid = await this.send(hex);
    return {txid, hex, blocks: mine ? await this.mine(mine) : []};
  }
}
