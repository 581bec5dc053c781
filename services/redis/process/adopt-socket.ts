/**
 * Sockets that came from the gateway's process. Their reads go to one buffer that all connections share (`onread`), so that
 * a thousand idle or slow connections hold no read buffers.
 */
import { Socket } from 'node:net';
import { processLimits } from './limits.ts';

const shared = Buffer.allocUnsafeSlow(processLimits.readBufferBytes);

interface WithHandle {
  _handle: unknown;
}

/**
 * @param given as it arrived, never read from; not to be used any more
 * @param received is given bytes that stay unchanged until it returns
 */
export function adoptSocket(given: Socket, received: (chunk: Buffer, length: number) => void): Socket {
  // Node gives `onread` only to sockets it makes: the handle moves to a new one.
  const holder = given as unknown as WithHandle;
  const handle = holder._handle;
  holder._handle = null;
  const options = {
    handle,
    allowHalfOpen: true,
    onread: {
      buffer: shared,
      callback(length: number): boolean {
        received(shared, length);
        return true;
      },
    },
  };
  const socket = new Socket(options as ConstructorParameters<typeof Socket>[0]);
  socket.resume();
  return socket;
}
