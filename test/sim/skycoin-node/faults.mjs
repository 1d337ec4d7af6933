// What can go wrong between the node and its client, on demand:
//
//   drop     the connection is closed, nothing was done
//   error    `status` (default 500) with the node's plain text (and `text` behind it, as it says why
//            it takes a transaction for wrong), of the JSON-RPC its internal error; nothing was done
//   garbage  200 with bytes that are no JSON, nothing was done
//   half     the request is carried out; half of the answer is sent, then the connection is closed
//   lose     the request is carried out; the connection is closed without an answer
//   deny     the request is carried out, and answered like `error`
//   delay    the request is carried out and answered, `ms` late
//   lie      the request is carried out; in the answer the first `from` is `to`
//
// An order is for the next `next` requests (-1: until cleared) whose path begins with `path`; "inject"
// stands for handing in a transaction, at whatever path.  A request to the JSON-RPC has the method
// behind its path: /webrpc#get_outputs.
const MODES = ['drop', 'error', 'garbage', 'half', 'lose', 'deny', 'delay', 'lie'];

export class Faults {
  orders = [];

  add({mode, next = 1, path = '/', status = 500, text = '', ms = 0, from = '', to = ''}) {
    if (!MODES.includes(mode)) throw new Error(`mode is one of ${MODES.join(', ')}`);
    this.orders.push({mode, left: next, path, status, text, ms, from, to});
  }
  clear() { this.orders = []; }

  // The order that this request has to suffer, or null.
  take(path, isInjection = false) {
    const order = this.orders.find(o => o.path === 'inject' ? isInjection : path.startsWith(o.path));
    if (order && order.left > 0 && --order.left === 0) this.orders.splice(this.orders.indexOf(order), 1);
    return order ?? null;
  }
}
