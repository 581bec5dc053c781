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

/** Bytes by which the gateway grew at most. */
export interface HostileResult {
  /** On a gateway that has just started. */
  readonly firstRound: number;
  /** Once everything that runs then has been loaded and compiled. */
  readonly secondRound: number;
  /** The same number of connections that log in and say no more: what any client costs, and the hashing of one password. */
  readonly wellBehaved: number;
}

export async function benchHostile(): Promise<HostileResult> {
  const port = await freePort();
  const gateway = await startGateway({ custodians: 0, env: { HYPERGATE_CQL_PORT: String(port) } });
  const grown = async (what: string, one: (index: number) => Promise<string>, wanted: string) => {
    const watch = watchRss(gateway.pid);
    const ends = await Promise.all(Array.from({ length: connections }, (_, index) => one(index)));
    const { startBytes, peakBytes } = watch.stop();
    const others = ends.filter((end) => end !== wanted);
    if (others.length > 0) throw new Error(`${others.length} ${what} came to another end: ${others[0]}`);
    return peakBytes - startBytes;
  };
  const attack = () => grown('hostile connections', (index) => hostile(port, index), 'error');
  try {
    return {
      firstRound: await attack(),
      secondRound: await attack(),
      wellBehaved: await grown('well-behaved connections', () => wellBehaved(port), 'success'),
    };
  } finally {
    await gateway.dispose();
  }
}

const login = (() => {
  const token = Buffer.from('\0cassandra\0cassandra');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(token.length);
  return Buffer.concat([header(15, 4 + token.length), length, token]);
})();

function wellBehaved(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket: Socket = connect(port, '127.0.0.1');
    let received = Buffer.alloc(0);
    socket.on('connect', () => socket.write(startup));
    socket.on('data', (data) => {
      const isFirst = received.length === 0;
      received = Buffer.concat([received, data]);
      if (isFirst) socket.write(login);
      else socket.end();
    });
    socket.on('error', () => undefined);
    // AUTH_SUCCESS with an empty token is the last thing that it was told.
    socket.on('close', () => resolve(received.at(-9) === 16 ? 'success' : received.toString('latin1')));
  });
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
      // The last answer is an ERROR of the protocol.
      const at = index % 2 === 1 && answer.length > 9 ? 9 + answer.readInt32BE(5) : 0;
      const isError = answer.length >= at + 13 && answer[at + 4] === 0 && answer.readInt32BE(at + 9) === 0x0a;
      resolve(isError ? 'error' : answer.toString('latin1'));
    });
  });
}
