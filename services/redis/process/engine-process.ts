/** Starts the engine's process and speaks with it. The gateway's side of engine-main.ts. */
import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { BusyRelay } from './busy-relay.ts';
import { FrameLink } from './frame-link.ts';
import { type EngineProcessOptions, fromEngine, relayed, toEngine } from './link-messages.ts';
import { sharedClockMs } from './shared-clock.ts';

const entry = fileURLToPath(new URL('./engine-main.ts', import.meta.url));
const megabyte = 1024 * 1024;
/** For a process that does not notice its end. */
const closeMs = 3000;

export interface EngineLaunch extends EngineProcessOptions {
  /** Stays in this process. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

export interface EngineProcessHandlers {
  /** A frame other than `ready`. */
  readonly receive: (type: number, payload: Buffer) => void;
  /** It ended, whatever the reason. */
  readonly ended: (reason: string) => void;
}

export class EngineProcess {
  readonly pid: number;
  private readonly child: ChildProcess;
  private readonly pipes: readonly Socket[];
  private readonly link: FrameLink;
  private readonly relay: FrameLink;
  private readonly connections: BusyRelay;
  private readonly exited: Promise<void>;

  private constructor(
    child: ChildProcess,
    tls: EngineLaunch['tls'],
    handlers: EngineProcessHandlers,
    ready: () => void,
  ) {
    this.child = child;
    this.pid = child.pid ?? -1;
    const [, , , , pipe, relayPipe] = child.stdio as unknown as Socket[];
    this.pipes = [pipe!, relayPipe!];
    this.link = new FrameLink(pipe!, (type, payload) => {
      if (type === fromEngine.ready) ready();
      else handlers.receive(type, payload);
    });
    const relay = new FrameLink(relayPipe!, (type, payload) => this.connections.receive(type, payload));
    this.connections = new BusyRelay({
      handOver: (...arrival) => this.handOver(...arrival),
      secureContext: tls === undefined ? undefined : createSecureContext({ cert: tls.cert, key: tls.key }),
    });
    this.connections.attach(relay);
    this.relay = relay;
    // What breaks when the process ends is told by its end.
    for (const socket of this.pipes) socket.on('error', () => undefined);
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.connections.close();
        resolve();
        handlers.ended(signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`);
      });
    });
  }

  /** Resolves when the engine can be loaded. */
  static async start(
    { tls, ...options }: EngineLaunch,
    handlers: EngineProcessHandlers,
  ): Promise<EngineProcess> {
    const child = fork(entry, [], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe', 'pipe'] as never,
      execArgv: [
        `--max-old-space-size=${Math.floor(options.heapBytes / megabyte)}`,
        '--max-semi-space-size=32',
      ],
      env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE },
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    child.once('error', reject);
    child.once('exit', () => reject(new Error("the engine's process ended before it was ready")));
    const engine = new EngineProcess(child, tls, handlers, resolve);
    const told: EngineProcessOptions = options;
    engine.send(toEngine.options, Buffer.from(JSON.stringify(told)));
    await promise;
    return engine;
  }

  accept(socket: Socket, isTls: boolean): void {
    this.connections.arrive(socket, isTls);
  }

  send(type: number, ...parts: readonly Uint8Array[]): void {
    this.link.send(type, ...parts);
  }

  drained(): Promise<void> {
    return this.link.drained();
  }

  /** Ends the process at once. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  /** Ends the process: nothing is left to be said. */
  async close(): Promise<void> {
    for (const pipe of this.pipes) pipe.end();
    const late = setTimeout(() => this.child.kill('SIGKILL'), closeMs);
    await this.exited;
    clearTimeout(late);
  }

  /** Also read while a script runs: what is answered then waits for the lease, too. @param leftMs from now on */
  tellLease(leftMs: number): void {
    const until = Buffer.allocUnsafe(8);
    until.writeDoubleLE(sharedClockMs() + leftMs, 0);
    this.relay.send(relayed.lease, until);
  }

  private handOver(number: number, socket: Socket, failed: () => void): void {
    // The handle alone goes over: Node keeps no account of it, and our copy can be closed as soon as it has arrived.
    const handle = (socket as unknown as { _handle: unknown })._handle;
    if (!this.child.connected || socket.destroyed || handle === null) {
      setImmediate(failed);
      return;
    }
    this.child.send(number, handle as Socket, { keepOpen: true }, (error) => {
      if (error !== null) failed();
    });
  }
}
