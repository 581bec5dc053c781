/**
 * What version 4 of the Java driver sends when it connects, byte by byte, and a reader of answers that shares nothing with the server:
 * native_protocol_v4.spec and native_protocol_v5.spec are all that it knows.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { crc32 } from 'node:zlib';
import { bytes, int, longString, requestFrame, short, string } from '../../wire/test/support/frames.ts';

export interface JavaFrame {
  readonly version: number;
  readonly stream: number;
  readonly opcode: number;
  readonly body: Fields;
}

/** A body, read from its start to its end. */
export class Fields {
  private at = 0;
  private readonly data: Buffer;

  constructor(data: Buffer) {
    this.data = data;
  }

  get left(): number {
    return this.data.length - this.at;
  }

  take(length: number): Buffer {
    if (length > this.left) throw new RangeError(`${length} bytes wanted, ${this.left} left`);
    return this.data.subarray(this.at, (this.at += length));
  }

  short = () => this.take(2).readUInt16BE();
  int = () => this.take(4).readInt32BE();
  string = () => this.take(this.short()).toString();
  shortBytes = () => this.take(this.short());

  bytes(): Buffer | undefined {
    const length = this.int();
    return length < 0 ? undefined : this.take(length);
  }

  list<T>(count: number, read: () => T): T[] {
    return Array.from({ length: count }, read);
  }

  stringMultimap(): Record<string, string[]> {
    return Object.fromEntries(
      this.list(this.short(), () => [this.string(), this.list(this.short(), this.string)]),
    );
  }
}

/** Of the native protocol's options: simple types are their number, others a list. */
export type TypeOption = number | readonly [number, ...TypeOption[]];

function typeOption(fields: Fields): TypeOption {
  const id = fields.short();
  if (id === 0x20 || id === 0x22) return [id, typeOption(fields)];
  if (id === 0x21) return [id, typeOption(fields), typeOption(fields)];
  return id;
}

export interface JavaRows {
  readonly columns: readonly { readonly name: string; readonly type: TypeOption }[];
  readonly rows: readonly Readonly<Record<string, Buffer | undefined>>[];
  readonly pagingState: Buffer | undefined;
}

/** A RESULT of rows; every byte of it has to be used. */
export function rowsOf({ opcode, body }: JavaFrame): JavaRows {
  if (opcode !== 0x08) throw new Error(`opcode ${opcode}: ${body.int()} ${body.string()}`);
  const kind = body.int();
  if (kind !== 2) throw new Error(`a result of kind ${kind}`);
  const flags = body.int();
  const count = body.int();
  const pagingState = (flags & 2) === 0 ? undefined : body.bytes();
  if ((flags & 1) !== 0) {
    body.string();
    body.string();
  }
  const columns = body.list(count, () => {
    if ((flags & 1) === 0) {
      body.string();
      body.string();
    }
    return { name: body.string(), type: typeOption(body) };
  });
  const rows = body.list(body.int(), () =>
    Object.fromEntries(columns.map(({ name }) => [name, body.bytes()])),
  );
  if (body.left > 0) throw new Error(`${body.left} bytes too many`);
  return { columns, rows, pagingState };
}

export class JavaClient {
  private readonly socket: Socket;
  private readonly version: number;
  private received: Buffer = Buffer.alloc(0);
  private isFramed = false;
  private readonly waiting = new Map<number, (frame: JavaFrame) => void>();
  readonly events: JavaFrame[] = [];
  private stream = 0;

  constructor(port: number, version: number) {
    this.version = version;
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      while (this.takeOne());
    });
  }

  async end(): Promise<void> {
    this.socket.destroy();
    await once(this.socket, 'close');
  }

  /** From here on in outer frames: behind the first answer to STARTUP of v5. */
  frame(): void {
    this.isFramed = true;
  }

  request(opcode: number, body: Buffer = Buffer.alloc(0)): Promise<JavaFrame> {
    const stream = this.stream++;
    const frame = requestFrame(this.version, opcode, body, stream);
    this.socket.write(this.isFramed ? outerFrame(frame) : frame);
    return new Promise((resolve) => this.waiting.set(stream, resolve));
  }

  startup = () =>
    this.request(
      0x01,
      Buffer.concat([
        short(5),
        ...Object.entries({
          CQL_VERSION: '3.0.0',
          CLIENT_ID: '54e50a1f-6c8b-44c9-8f2c-4bb04b0b1f8e',
          APPLICATION_NAME: 'shop',
          DRIVER_NAME: 'DataStax Java driver for Apache Cassandra(R)',
          DRIVER_VERSION: '4.17.0',
        })
          .flat()
          .map(string),
      ]),
    );

  login = (name: string, password: string) =>
    this.request(0x0f, bytes(Buffer.from(`\0${name}\0${password}`)));

  register = (...events: string[]) =>
    this.request(0x0b, Buffer.concat([short(events.length), ...events.map(string)]));

  /** At consistency ONE; names and values, the size of pages and where to go on, as far as they are given. */
  query(
    text: string,
    more: { named?: Record<string, Buffer>; pageSize?: number; pagingState?: Buffer | undefined } = {},
  ): Promise<JavaFrame> {
    const { named, pageSize, pagingState } = more;
    const flags = (named ? 0x41 : 0) | (pageSize ? 0x04 : 0) | (pagingState ? 0x08 : 0);
    const pairs = Object.entries(named ?? {});
    return this.request(
      0x07,
      Buffer.concat([
        longString(text),
        short(1),
        this.version >= 5 ? int(flags) : Buffer.of(flags),
        ...(named
          ? [short(pairs.length), ...pairs.flatMap(([name, value]) => [string(name), bytes(value)])]
          : []),
        ...(pageSize ? [int(pageSize)] : []),
        ...(pagingState ? [bytes(pagingState)] : []),
      ]),
    );
  }

  private takeOne(): boolean {
    const frame = this.isFramed ? this.fromOuterFrame() : this.received;
    if (frame === undefined || frame.length < 9 || frame.length < 9 + frame.readInt32BE(5)) return false;
    const length = 9 + frame.readInt32BE(5);
    const read: JavaFrame = {
      version: frame[0]!,
      stream: frame.readInt16BE(2),
      opcode: frame[4]!,
      body: new Fields(frame.subarray(9, length)),
    };
    if (this.isFramed) this.inner = this.inner.subarray(length);
    else this.received = this.received.subarray(length);
    if (read.stream === -1) this.events.push(read);
    else this.waiting.get(read.stream)?.(read);
    return true;
  }

  /** What outer frames had in them and nobody took. */
  private inner: Buffer = Buffer.alloc(0);

  private fromOuterFrame(): Buffer {
    for (;;) {
      const { received } = this;
      if (received.length < 6) return this.inner;
      const header = received.readUIntLE(0, 3);
      const length = header & 0x1ffff;
      if (received.length < 6 + length + 4) return this.inner;
      if (received.readUIntLE(3, 3) !== headerSum(received.subarray(0, 3))) throw new Error('CRC24');
      const payload = received.subarray(6, 6 + length);
      if (received.readUInt32LE(6 + length) !== payloadSum(payload)) throw new Error('CRC32');
      this.inner = Buffer.concat([this.inner, payload]);
      this.received = received.subarray(6 + length + 4);
    }
  }
}

function outerFrame(frame: Buffer): Buffer {
  const head = Buffer.alloc(6);
  // One whole frame: the bit behind the 17 of the length.
  head.writeUIntLE(frame.length | (1 << 17), 0, 3);
  head.writeUIntLE(headerSum(head.subarray(0, 3)), 3, 3);
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(payloadSum(frame));
  return Buffer.concat([head, frame, sum]);
}

const payloadSum = (payload: Buffer) => crc32(payload, crc32(Buffer.of(0xfa, 0x2d, 0x55, 0xca)));

/** CRC24 as the specification gives it: polynomial 0x1974F0B, initial value 0x875060, the lowest byte first. */
function headerSum(header: Buffer): number {
  let sum = 0x875060;
  for (const byte of header) {
    sum ^= byte << 16;
    for (let bit = 0; bit < 8; bit++) {
      sum <<= 1;
      if ((sum & 0x1000000) !== 0) sum ^= 0x1974f0b;
    }
  }
  return sum;
}
