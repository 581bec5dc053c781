/**
 * The Runtime API's client: HTTP/1.1 (RFC 9112) over a socket that was inherited. One connection, answers in the order of requests; the other
 * side always says how long its answers are.
 */
import { Socket } from 'node:net';

const headEnd = Buffer.from('\r\n\r\n');

/** @param {number} fd */
export function connect(fd) {
  const socket = new Socket({ fd, readable: true, writable: true });
  /** @type {{ resolve: (answer: { status: number, headers: Map<string, string>, body: Buffer }) => void }[]} */
  const waiting = [];
  /** @type {Buffer[]} */
  let pieces = [];
  let bytes = 0;
  /** @type {{ status: number, headers: Map<string, string>, length: number } | undefined} */
  let head;

  socket.on('data', (piece) => {
    pieces.push(piece);
    bytes += piece.length;
    for (;;) {
      if (!head) {
        const all = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces, bytes);
        const end = all.indexOf(headEnd);
        pieces = [all];
        if (end < 0) return;
        head = readHead(all.toString('latin1', 0, end));
        pieces = [all.subarray(end + 4)];
        bytes = pieces[0].length;
      }
      if (bytes < head.length) return;
      const all = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces, bytes);
      const { status, headers, length } = head;
      head = undefined;
      pieces = [all.subarray(length)];
      bytes = all.length - length;
      waiting.shift()?.resolve({ status, headers, body: all.subarray(0, length) });
      if (bytes === 0) {
        pieces = [];
        return;
      }
    }
  });
  // Whoever started this process is gone.
  socket.on('error', () => process.reallyExit(1));
  socket.on('close', () => process.reallyExit(1));

  const answer = () => new Promise((resolve) => waiting.push({ resolve }));
  const headOf = (method, path, headers) => {
    let text = `${method} ${path} HTTP/1.1\r\nhost: runtime\r\n`;
    for (const [name, value] of Object.entries(headers)) text += `${name}: ${value}\r\n`;
    return `${text}\r\n`;
  };

  return {
    /** Whether what is under way here keeps the process alive. */
    hold: (isHeld) => (isHeld ? socket.ref() : socket.unref()),
    /** @param {string} method @param {string} path @param {Record<string, string | number>} [headers] @param {string | Uint8Array} [body] */
    request(method, path, headers = {}, body = undefined) {
      const result = answer();
      const content = typeof body === 'string' ? Buffer.from(body) : body;
      const head = headOf(method, path, content ? { ...headers, 'content-length': content.length } : headers);
      if (content && content.length > 65_536) {
        socket.write(head, 'latin1');
        socket.write(content);
      } else socket.write(content ? Buffer.concat([Buffer.from(head, 'latin1'), content]) : head, 'latin1');
      return result;
    },
    /** A body in pieces. @param {string} path @param {Record<string, string>} headers */
    stream(path, headers) {
      const result = answer();
      socket.write(headOf('POST', path, { ...headers, 'transfer-encoding': 'chunked' }), 'latin1');
      return {
        /** @param {Buffer} piece @param {(error?: Error | null) => void} done */
        write(piece, done) {
          if (piece.length === 0) return done();
          socket.cork();
          socket.write(`${piece.length.toString(16)}\r\n`, 'latin1');
          socket.write(piece);
          socket.write('\r\n', 'latin1', done);
          socket.uncork();
        },
        /** @param {Record<string, string>} [trailers] */
        end(trailers = {}) {
          let text = '0\r\n';
          for (const [name, value] of Object.entries(trailers)) text += `${name}: ${value}\r\n`;
          socket.write(`${text}\r\n`, 'latin1');
          return result;
        },
      };
    },
  };
}

/** @param {string} text */
function readHead(text) {
  const [first = '', ...lines] = text.split('\r\n');
  const headers = new Map();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(first.split(' ')[1]), headers, length: Number(headers.get('content-length') ?? 0) };
}
