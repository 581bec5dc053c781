/** A thousand connections that declare frames of two gigabytes, before and after they say who they are, and send what they can of them. */
import { connect, type Socket } from 'node:net';
import { freePort } from '@hypergate/node/sim/ports';
import { startGateway } from '../../lib/gateway.ts';
import { watchRss } from '../../lib/process-usage.ts';

const connections = 1000;
const declared = 2 ** 31 - 1;

/** Header of a request of version 4. */
function header(opcode: number, length: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = 4;
  bytes[4] = opcode;
  bytes.writeUInt32BE(length, 5);
  return bytes;
}

const startup = (() => {
  const pair = (text: string) => {
    const bytes = Buffer.alloc(2 + text.length);
    bytes.writeUInt16BE(text.length, 0);
    bytes.write(text, 2);
    return bytes;
  };
  const body = Buffer.concat([Buffer.of(0, 1), pair('CQL_VERSION'), pair('3.0.0')]);
  return Buffer.concat([header(1, body.length), body]);
})();

/** @returns bytes by which the gateway grew at most */
export async function benchHostile(): Promise<number> {
  const port = await freePort();
  const gateway = await startGateway({ custodians: 0, env: { HYPERGATE_CQL_PORT: String(port) } });
  try {
    const watch = watchRss(gateway.pid);
    const sockets: Promise<string>[] = [];
    for (let index = 0; index < connections; index++) sockets.push(hostile(port, index));
    const ends = await Promise.all(sockets);
    const { startBytes, peakBytes } = watch.stop();
    const unanswered = ends.filter((end) => end !== 'error');
    if (unanswered.length > 0) {
      throw new Error(`${unanswered.length} connections were not told why they end: ${unanswered[0]}`);
    }
    return peakBytes - startBytes;
  } finally {
    await gateway.dispose();
  }
}

/** @returns `error` when the server said what is wrong, and ended */
function hostile(port: number, index: number): Promise<string> {
  return new Promise((resolve) => {
    const socket: Socket = connect(port, '127.0.0.1');
    const parts: Buffer[] = [];
    const rest = Buffer.alloc(64 * 1024, 'x');
    socket.on('connect', () => {
      if (index % 2 === 1) socket.write(startup);
      socket.write(header(index % 3 === 0 ? 7 : 15, declared));
      for (let times = 0; times < 4; times++) socket.write(rest);
    });
    socket.on('data', (data) => parts.push(data));
    // A reset may overtake the answer.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      const answer = Buffer.concat(parts);
      resolve(
        answer.includes(Buffer.from('Invalid')) || answer.includes(Buffer.from('too'))
          ? 'error'
          : answer.toString('latin1'),
      );
    });
  });
}
