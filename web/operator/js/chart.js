// A bar for each day, drawn as SVG; the numbers are in the table beside it.
import {el, svg} from './dom.js';

const WIDTH = 600, HEIGHT = 112, BASE = 110, GAP = 2;

// `days`: [{name, value (BigInt), text}]
export function barChart(title, days) {
  const most = days.reduce((max, d) => d.value > max ? d.value : max, 1n);
  const step = WIDTH / Math.max(days.length, 1);
  const bars = days.map((d, i) => {
    const tall = Number(d.value * 1000n / most) * (BASE - 12) / 1000;
    return svg('rect', {class: 'bar', x: i * step + GAP / 2, y: BASE - Math.max(tall, d.value > 0n ? 2 : 0), width: step - GAP, height: Math.max(tall, d.value > 0n ? 2 : 0), rx: 2},
      svg('title', {}, `${d.name}: ${d.text}`));
  });
  const top = days.find(d => d.value === most);
  return el('figure', {},
    el('figcaption', {}, el('b', {}, title), el('span', {}, top ? `most: ${top.text}` : 'none')),
    svg('svg', {viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': `${title}, a bar for each day`},
      svg('line', {x1: 0, x2: WIDTH, y1: BASE + 0.5, y2: BASE + 0.5}), ...bars),
    el('div', {class: 'ends'}, el('span', {}, days[0]?.name), el('span', {}, days.at(-1)?.name)));
}
