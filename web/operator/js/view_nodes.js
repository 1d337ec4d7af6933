// The chains with their heights and lag, and the daemons.
import {el, refill} from './dom.js';
import {count} from './format.js';
import {table} from './table.js';

const height = n => n >= 0 ? count(n) : 'none';

function lag({height: scanned, node_tip: tip}) {
  if (scanned < 0 || tip < 0) return '';
  return tip > scanned ? `${count(tip - scanned)} behind` : 'in step';
}

const chainRow = c => [c.coin, c.state, height(c.height), height(c.node_tip), lag(c)];

function senderRow(detail) {
  return ['SKY, payouts', detail.node_version ? `version ${detail.node_version}` : 'none', '', height(detail.node_height ?? -1), ''];
}

const daemonRow = d => [d.name, d.up ? 'up' : el('strong', {class: 'bad'}, 'down'), d.uptime ?? '', d.error || 'no error', (d.version ?? '').slice(0, 12)];

export class NodesView {
  constructor() {
    this.inside = el('div', {class: 'pair'});
    this.root = el('section', {'aria-labelledby': 'nodes'}, el('h2', {id: 'nodes'}, 'Nodes and daemons'), this.inside);
  }

  update({daemons}) {
    const chains = daemons.find(d => d.name === 'scannerd')?.detail?.chains ?? [];
    const sender = daemons.find(d => d.name === 'senderd')?.detail;
    refill(this.inside, daemons, () => [
      table('Nodes', ['Chain', 'State', 'Scanned', 'Node’s tip', 'Lag'], [...chains.map(chainRow), ...sender ? [senderRow(sender)] : []]),
      table('Daemons', ['Daemon', 'State', 'Uptime', 'Last error', 'Version'], daemons.map(daemonRow))]);
  }
}
