/** What connects the parties of one session when the soak stands between: it counts what passes, and can change, hold or cut it. */
import { once } from 'node:events';
import { createConnection, createServer, type Server } from 'node:net';
import type { Duplex } from 'node:stream';

/** Sees a chunk before it goes on. @returns what goes on */
export type Watcher = (from: string, to: string, bytes: Buffer) => Uint8Array;

interface Joined {
  readonly names: readonly [string, string];
  readonly ends: readonly [Duplex, Duplex];
}

export class Wires {
  readonly #watch: Watcher;
  readonly #joined: Joined[] = [];
  readonly #servers: Server[] = [];
  readonly #stalled = new Set<string>();

  constructor(watch: Watcher) {
    this.#watch = watch;
  }

  /** @param ends the one that leads to the first, and the one that leads to the second */
  join(names: readonly [string, string], ends: readonly [Duplex, Duplex]): void {
    this.#joined.push({ names, ends });
    this.#pass(names[0], names[1], ends[0], ends[1]);
    this.#pass(names[1], names[0], ends[1], ends[0]);
  }

  /** @returns the port at which the dialer reaches the listener's through this */
  async dialThrough(dialer: string, listener: string, port: number): Promise<number> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      const onward = createConnection({ host, port, allowHalfOpen: true, noDelay: true });
      this.join([dialer, listener], [socket, onward]);
    });
    this.#servers.push(server);
    server.listen({ host, port: 0 });
    await once(server, 'listening');
    return (server.address() as { port: number }).port;
  }

  cut(a: string, b: string): void {
    for (const { names, ends } of this.#joined) {
      if (names.includes(a) && names.includes(b)) for (const end of ends) end.destroy();
    }
  }

  /** Nothing more arrives at a party. */
  stall(party: string): void {
    this.#stalled.add(party);
    for (const { names, ends } of this.#joined) {
      if (names[0] === party) ends[1].pause();
      if (names[1] === party) ends[0].pause();
    }
  }

  /** Takes everything away. */
  destroy(): void {
    for (const { ends } of this.#joined) for (const end of ends) end.destroy();
  }

  /** Resolves when nothing of it is open. */
  async closed(): Promise<void> {
    const ends = this.#joined.flatMap(({ ends: both }) => both).filter(({ closed }) => !closed);
    await Promise.all([
      ...ends.map((end) => new Promise((resolve) => end.once('close', resolve))),
      ...this.#servers.map((server) => new Promise((resolve) => server.close(resolve))),
    ]);
  }

  #pass(from: string, to: string, source: Duplex, target: Duplex): void {
    source.on('data', (bytes: Buffer) => {
      const passed = this.#watch(from, to, bytes);
      const isFull = target.writable && !target.write(passed);
      if (isFull || this.#stalled.has(to)) source.pause();
    });
    target.on('drain', () => {
      if (!this.#stalled.has(to)) source.resume();
    });
    source.on('end', () => target.end());
    source.on('error', () => undefined);
    // Without an end: it broke, and so does the other side.
    source.on('close', () => {
      if (!source.readableEnded || !source.writableFinished) target.destroy();
    });
  }
}

export const host = '127.0.0.1';
