// JSON as the node writes it: four spaces, members in the order given, BigInt as a plain number,
// and Go's escapes.  No newline at the end.
const quote = text => JSON.stringify(text).replace(/[<>&\u2028\u2029]/g,
  c => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));

function block(open, lines, close, indent) {
  if (!lines.length) return open + close;
  const inner = indent + '    ';
  return `${open}\n${lines.map(l => inner + l).join(',\n')}\n${indent}${close}`;
}

export function goJson(value, indent = '') {
  const inner = indent + '    ';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return block('[', value.map(v => goJson(v, inner)), ']', indent);
  return block('{', Object.entries(value).map(([k, v]) => `${quote(k)}: ${goJson(v, inner)}`), '}', indent);
}
