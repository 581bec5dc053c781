/** A client that says what no driver would. */
import { connect, type Socket } from 'node:net';
import { int, longString, requestFrame, short, string } from '../../../wire/test/support/frames.ts';

export class RawClient {
  readonly socket: Socket;
  received = Buffer.alloc(0);
  isClosed = false;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => (this.isClosed = true));
    this.socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
    });
  }

  send(...frames: readonly Buffer[]): this {
    this.socket.write(Buffer.concat(frames));
    return this;
  }

  /** Opcodes of whole answers. */
  get answers(): number[] {
    const opcodes: number[] = [];
    for (let at = 0; at + 9 <= this.received.length; ) {
      const end = at + 9 + this.received.readInt32BE(at + 5);
      if (end > this.received.length) break;
      opcodes.push(this.received[at + 4]!);
      at = end;
    }
    return opcodes;
  }

  destroy(): void {
    this.socket.destroy();
  }
}

export const opcode = {
  error: 0,
  startup: 1,
  authenticate: 3,
  options: 5,
  supported: 6,
  query: 7,
  result: 8,
  auth: 15,
  authSuccess: 16,
};

export const startup = requestFrame(
  4,
  opcode.startup,
  Buffer.concat([short(1), string('CQL_VERSION'), string('3.0.0')]),
);
export const options = requestFrame(4, opcode.options, Buffer.alloc(0));

export function login(name = 'cassandra', password = 'cassandra'): Buffer {
  const token = Buffer.from(`\0${name}\0${password}`);
  return requestFrame(4, opcode.auth, Buffer.concat([int(token.length), token]));
}

export function query(text: string, stream = 1): Buffer {
  const parameters = Buffer.concat([short(1), Buffer.from([0])]);
  return requestFrame(4, opcode.query, Buffer.concat([longString(text), parameters]), stream);
}

/** The header of a frame that says how long it would be. */
export function header(length: number, op = opcode.query): Buffer {
  const frame = requestFrame(4, op, Buffer.alloc(0));
  frame.writeInt32BE(length, 5);
  return frame;
}
