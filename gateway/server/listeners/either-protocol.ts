/**
 * One port for HTTP and HTTPS: the first byte of a connection tells. A TLS record of type handshake begins with 22 (RFC 8446
 * section 5.1), which begins no HTTP method.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { serverLimits } from '../limits.ts';

const handshake = 22;

/**
 * A listener that hands each connection to `plain` or `secure`, neither of which listens itself.
 * @param sockets connections that have not said anything yet; who closes the listener ends them
 */
export function eitherProtocol(plain: Server, secure: Server, sockets: Set<Socket>): Server {
  return createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    const forget = () => sockets.delete(socket);
    const cut = () => socket.destroy();
    // Nobody else listens yet; a connection that fails before its first byte concerns nobody.
    socket.once('error', cut).once('close', forget).setTimeout(serverLimits.firstByteMs, cut);
    socket.once('data', (first: Buffer) => {
      forget();
      socket.off('error', cut).off('close', forget).off('timeout', cut).setTimeout(0);
      socket.pause();
      socket.unshift(first);
      (first[0] === handshake ? secure : plain).emit('connection', socket);
      // TLS takes over the handle and what was buffered; HTTP waits for the stream to flow again.
      if (first[0] !== handshake) process.nextTick(() => socket.resume());
    });
  });
}
