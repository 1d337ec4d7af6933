// Many requests over few kept connections, with little work for each: the client must not be what
// is measured.
import net from 'node:net';

const HEAD_END = '\r\n\r\n';

// One connection: sends `next()` (a whole request as text, or undefined at the end), waits for the
// whole answer, sends the following one.
function runConnection(port, next) {
  return new Promise((yes, no) => {
    const socket = net.connect(port, '127.0.0.1');
    let text = '';
    const send = () => {
      const request = next();
      if (request === undefined) socket.end(yes());
      else socket.write(request);
    };
    socket.setNoDelay(true).setEncoding('latin1').on('error', no).on('connect', send).on('data', data => {
      text += data;
      const head = text.indexOf(HEAD_END);
      if (head < 0) return;
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
      if (text.length < head + HEAD_END.length + length) return;
      if (!text.startsWith('HTTP/1.1 200')) return socket.destroy(new Error(`refused: ${text}`));
      text = '';
      send();
    });
  });
}

// POSTs every path of `paths` once, over `connections` connections.
export function postAll(base, paths, connections) {
  const {hostname, port} = new URL(base);
  let at = 0;
  const next = () => at < paths.length
    ? `POST ${paths[at++]} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Length: 0\r\n\r\n` : undefined;
  return Promise.all(Array.from({length: connections}, () => runConnection(port, next)));
}
