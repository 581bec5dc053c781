/** A raw connection that sends commands back to back and gives their answers. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Reply, ReplyReader } from './reply.ts';

export type Words = readonly string[];

const replyTimeoutMs = 20_000;

export class RawConnection {
  private readonly socket: Socket;
  private readonly reader = new ReplyReader();
  private readonly waiting: { resolve(reply: Reply): void; reject(error: Error): void }[] = [];
  private ended: Error | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes) => {
      this.reader.feed(bytes);
      for (let reply = this.reader.next(); reply !== undefined; reply = this.reader.next()) {
        this.waiting.shift()?.resolve(reply);
      }
    });
    socket.on('error', (error) => this.end(error));
    socket.on('close', () => this.end(new Error('the server closed the connection')));
  }

  static async open(host: string, port: number): Promise<RawConnection> {
    const socket = connect({ host, port, noDelay: true });
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  /** Sends all commands at once; gives their answers in order. */
  async run(commands: readonly Words[]): Promise<Reply[]> {
    if (this.ended !== undefined) throw this.ended;
    const replies = commands.map(
      () => new Promise<Reply>((resolve, reject) => this.waiting.push({ resolve, reject })),
    );
    this.socket.write(commands.map(encode).join(''), 'latin1');
    const timer = setTimeout(() => {
      this.end(new Error(`no answer for ${replyTimeoutMs} ms`));
    }, replyTimeoutMs);
    try {
      return await Promise.all(replies);
    } finally {
      clearTimeout(timer);
    }
  }

  async one(...words: string[]): Promise<Reply> {
    return (await this.run([words]))[0]!;
  }

  close(): void {
    this.socket.destroy();
  }

  private end(error: Error): void {
    this.ended ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }
}

function encode(words: Words): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}
