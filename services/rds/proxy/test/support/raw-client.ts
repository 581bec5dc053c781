/** A client that says what it is told to, and takes the answers apart. */
import { createHash } from 'node:crypto';
import { connect, type NetConnectOpts, type Socket } from 'node:net';

export interface Answer {
  readonly type: string;
  readonly body: Buffer;
}

export class RawClient {
  socket: Socket;
  private held = Buffer.alloc(0);
  private hasEnded = false;
  private changed = Promise.withResolvers<void>();

  constructor(target: NetConnectOpts) {
    this.socket = connect(target);
    this.listen(this.socket);
  }

  /** Takes the place of the socket, for TLS. */
  replace(socket: Socket): void {
    this.socket.removeAllListeners('data');
    this.socket = socket;
    this.listen(socket);
  }

  send(...parts: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(parts));
  }

  async bytes(count: number): Promise<Buffer> {
    while (this.held.length < count && !this.hasEnded) await this.changed.promise;
    if (this.held.length < count) throw new Error(`the connection ended before ${count} bytes came`);
    const taken = this.held.subarray(0, count);
    this.held = this.held.subarray(count);
    return taken;
  }

  async answer(): Promise<Answer> {
    const head = await this.bytes(5);
    const body = await this.bytes(head.readUInt32BE(1) - 4);
    return { type: head.latin1Slice(0, 1), body };
  }

  /** Answers up to one of this type, which comes last. */
  async answersTo(type: string): Promise<Answer[]> {
    const answers: Answer[] = [];
    do answers.push(await this.answer());
    while (answers.at(-1)?.type !== type);
    return answers;
  }

  /** Everything up to the end of the connection. */
  async rest(): Promise<Buffer> {
    while (!this.hasEnded) await this.changed.promise;
    return this.held;
  }

  /** Logs in as a role whose password is kept as md5. */
  async logInByMd5(user: string, password: string): Promise<Answer[]> {
    const { body } = await this.answer();
    if (body.readUInt32BE(0) !== 5) throw new Error('md5 was not asked for');
    const inner = createHash('md5')
      .update(password + user)
      .digest('hex');
    const outer = createHash('md5').update(inner).update(body.subarray(4)).digest('hex');
    this.send(passwordMessage(`md5${outer}`));
    return this.answersTo('Z');
  }

  destroy(): void {
    this.socket.destroy();
  }

  private listen(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => {
      this.held = Buffer.concat([this.held, chunk]);
      this.wake();
    });
    const end = () => {
      if (socket !== this.socket) return;
      this.hasEnded = true;
      this.wake();
    };
    socket.on('error', end);
    socket.on('end', end);
    socket.on('close', end);
  }

  private wake(): void {
    this.changed.resolve();
    this.changed = Promise.withResolvers();
  }
}

export function firstPacket(code: number, ...body: readonly (string | Buffer)[]): Buffer {
  const parts = body.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part));
  const packet = Buffer.concat([Buffer.alloc(8), ...parts]);
  packet.writeUInt32BE(packet.length, 0);
  packet.writeUInt32BE(code, 4);
  return packet;
}

export function startup(minor: number, parameters: Readonly<Record<string, string>>): Buffer {
  const text = Object.entries(parameters).map(([name, value]) => `${name}\0${value}\0`);
  return firstPacket(0x30000 + minor, ...text, '\0');
}

export function typed(type: string, body: string | Buffer): Buffer {
  const bytes = Buffer.from(body as string, 'latin1');
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeUInt32BE(bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
}

export function passwordMessage(text: string): Buffer {
  return typed('p', `${text}\0`);
}

export const codes = { tls: 80_877_103, gss: 80_877_104, cancel: 80_877_102 };
