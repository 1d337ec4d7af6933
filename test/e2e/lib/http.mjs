// Small HTTP: answers with status, headers, text, and the JSON value where it is one.
import http from 'node:http';

function decode(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function request(url, {method = 'GET', headers = {}, body, timeoutMs = 60000} = {}) {
  return new Promise((yes, no) => {
    const req = http.request(url, {method, headers, agent: false, timeout: timeoutMs}, res => {
      const parts = [];
      res.on('error', no).on('data', p => parts.push(p)).on('end', () => {
        const text = Buffer.concat(parts).toString();
        yes({status: res.statusCode, headers: res.headers, text, json: decode(text)});
      });
    });
    req.on('timeout', () => req.destroy(new Error(`no answer within ${timeoutMs} ms: ${method} ${url}`)));
    req.on('error', no).end(body);
  });
}

export const postJson = (url, value) =>
  request(url, {method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify(value)});

// The JSON of a 200 answer; anything else is the test's failure.
export async function getJson(url, headers = {}) {
  const r = await request(url, {headers});
  if (r.status !== 200 || r.json === undefined) throw new Error(`GET ${url}: ${r.status} ${r.text}`);
  return r.json;
}
