/**
 * Sockets that came from the gateway's process. Their reads go to one buffer that all connections share (`onread`), so that
 * a thousand idle or slow connections hold no read buffers.
 */
import { Socket } from 'node:net';
import { processLimits } from './limits.ts';

const shared = Buffer.allocUnsafeSlow(processLimits.readBufferBytes);

/**
 * @param handle of the connection
 * @param received is given bytes that stay unchanged until it returns
 */
export function adoptSocket(handle: unknown, received: (chunk: Buffer, length: number) => void): Socket {
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
