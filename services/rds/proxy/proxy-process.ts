/** Starts the proxy's process and speaks with it. The gateway's side of proxy-main.ts. */
import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { InstanceId } from '../instance/api.ts';
import type { Lsn } from '../model/lsn.ts';
import type { FromProxy, ProxyOptions, Question, Route, TokenUse, ToProxy } from './channel.ts';
import { proxyLimits } from './limits.ts';

export type { ProxyOptions, Route, TokenUse } from './channel.ts';

const entry = fileURLToPath(new URL('./proxy-main.ts', import.meta.url));
const megabyte = 1024 * 1024;

export interface ProxyHandlers {
  /** Somebody connects to an instance without a route: resolves after `setRoute`. What it rejects with is told to the client. */
  wake(instance: InstanceId): Promise<void>;
  /** Whom a connection is for that came without an instance: by the name in its TLS handshake, if it made one. */
  find(serverName: string | undefined): InstanceId | undefined;
  /** Resolves when the instance's write-ahead log is certified up to there. Rejects when it no longer can be. */
  certified(instance: InstanceId, lsn: Lsn): Promise<void>;
  verifyToken(use: TokenUse): Promise<boolean>;
  /** Told when it changed, at most once in a second. @param activeMs when something last passed, in milliseconds since 1970 */
  connections(instance: InstanceId, count: number, activeMs: number): void;
  log(text: string): void;
  /** The process ended; clients were cut. Told once, also after `close`. */
  ended(reason: string): void;
}

export class ProxyProcess {
  readonly pid: number;
  private readonly child: ChildProcess;
  private readonly handlers: ProxyHandlers;
  private readonly exited: Promise<void>;
  /** On their way. The process has a copy of each once it says so, and this one is closed. */
  private readonly leaving = new Map<number, Socket>();
  private nextNumber = 1;

  private constructor(child: ChildProcess, handlers: ProxyHandlers, ready: () => void) {
    this.child = child;
    this.pid = child.pid ?? -1;
    this.handlers = handlers;
    child.on('message', (message: FromProxy) => {
      if (message.kind === 'ready') ready();
      else this.receive(message);
    });
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        for (const socket of this.leaving.values()) socket.destroy();
        resolve();
        handlers.ended(signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`);
      });
    });
  }

  /** Resolves when connections can be given to it. */
  static async start(options: ProxyOptions, handlers: ProxyHandlers): Promise<ProxyProcess> {
    const child = fork(entry, [], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
      execArgv: [`--max-old-space-size=${proxyLimits.heapBytes / megabyte}`, '--max-semi-space-size=16'],
      env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE },
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    child.once('error', reject);
    child.once('exit', () => reject(new Error("the proxy's process ended before it was ready")));
    const proxy = new ProxyProcess(child, handlers, resolve);
    proxy.send({ kind: 'options', options });
    await promise;
    return proxy;
  }

  /**
   * @param socket paused, nothing read from it
   * @param instance of the port it came to; undefined where the name in the TLS handshake chooses
   */
  accept(socket: Socket, instance: InstanceId | undefined): void {
    socket.on('error', () => socket.destroy());
    // The handle alone goes over: Node keeps no account of it, and our copy can be closed as soon as it has arrived.
    const { _handle: handle } = socket as Socket & { readonly _handle?: unknown };
    if (!this.child.connected || !handle || this.leaving.size >= proxyLimits.arrivalsMax) {
      socket.destroy();
      return;
    }
    const number = this.nextNumber++;
    this.leaving.set(number, socket);
    const message: ToProxy = { kind: 'socket', number, instance };
    this.child.send(message, handle as Socket, { keepOpen: true }, (error) => {
      if (error !== null) this.arrived(number);
    });
  }

  /** New connections to the instance go there. A route to another engine cuts those to the one before. */
  setRoute(route: Route): void {
    this.send({ kind: 'route', route });
  }

  /** Cuts the instance's connections; the next one wakes it. @param reason for the clients */
  removeRoute(instance: InstanceId, reason: string): void {
    this.send({ kind: 'unroute', instance, reason });
  }

  /** Cuts all connections and ends the process. @param graceMs for clients to take the last words */
  async close(graceMs: number): Promise<void> {
    this.send({ kind: 'close' });
    const late = setTimeout(() => this.child.kill('SIGKILL'), graceMs);
    await this.exited;
    clearTimeout(late);
  }

  private receive(message: Exclude<FromProxy, { readonly kind: 'ready' }>): void {
    switch (message.kind) {
      case 'arrived':
        this.arrived(message.number);
        return;
      case 'question':
        this.answer(message.number, message.question);
        return;
      case 'usage':
        this.handlers.connections(message.instance, message.connections, message.activeMs);
        return;
      case 'log':
        this.handlers.log(message.text);
        return;
    }
  }

  private arrived(number: number): void {
    this.leaving.get(number)?.destroy();
    this.leaving.delete(number);
  }

  private answer(number: number, question: Question): void {
    this.ask(question).then(
      (value) => this.send({ kind: 'answer', number, value }),
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : 'the gateway could not answer';
        this.send({ kind: 'refusal', number, reason });
      },
    );
  }

  private async ask(question: Question): Promise<unknown> {
    const { handlers } = this;
    switch (question.kind) {
      case 'wake':
        return handlers.wake(question.instance);
      case 'find':
        return handlers.find(question.serverName);
      case 'certified':
        return handlers.certified(question.instance, question.lsn);
      case 'token':
        return handlers.verifyToken(question.use);
    }
  }

  private send(message: ToProxy): void {
    // What cannot be sent was for a process that is gone, which `ended` tells.
    if (this.child.connected) this.child.send(message, undefined, {}, () => undefined);
  }
}
