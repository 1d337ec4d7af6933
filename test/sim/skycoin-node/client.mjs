// A client of the simulator for tests: the node's REST API with a fresh token for each POST, its
// JSON-RPC, and the control API.
const decode = text => { try { return JSON.parse(text); } catch { return text; } };

export class SkyClient {
  constructor({url, control, rpc}) { Object.assign(this, {url, control, rpcUrl: rpc}); }

  async get(path) {
    const r = await fetch(this.url + path, {headers: {connection: 'close'}});
    return {status: r.status, value: decode(await r.text())};
  }
  async post(path, body) {
    const {value} = await this.get('/api/v1/csrf');
    const r = await fetch(this.url + path, {method: 'POST', body: JSON.stringify(body),
      headers: {'content-type': 'application/json', 'x-csrf-token': value.csrf_token ?? '', connection: 'close'}});
    return {status: r.status, value: decode(await r.text())};
  }
  // The result of a JSON-RPC method, or its error.
  async rpc(method, params) {
    const r = await fetch(`${this.rpcUrl}/webrpc`, {method: 'POST', body: JSON.stringify({id: '1', jsonrpc: '2.0', method, params}),
      headers: {connection: 'close'}});
    const {result, error} = await r.json();
    return result ?? error;
  }
  inject(rawtx) { return this.post('/api/v1/injectTransaction', {rawtx}); }

  // One command of the control API; throws what it refuses.
  async sim(name, body = {}) {
    const r = await fetch(`${this.control}/_sim/${name}`, {method: 'POST', body: JSON.stringify(body), headers: {connection: 'close'}});
    const value = await r.json();
    if (r.status !== 200) throw new Error(`/_sim/${name}: ${value.error}`);
    return value;
  }
  async ledger() {
    return (await fetch(`${this.control}/_sim/ledger`, {headers: {connection: 'close'}})).json();
  }
}
