/** Inside the thread or process of a party: opens its session, runs what it is told to, says what comes of it. */
import { Socket } from 'node:net';
import type { TaggedHash } from '../../../../api/index.ts';
import type { Circuit } from '../../circuit/circuit.ts';
import { type Connector, overStream } from '../connect.ts';
import { identityFromSeed } from '../identity.ts';
import type { Levels } from '../levels.ts';
import { openSession, type Session } from '../session.ts';
import { PortStream } from '../transports/port-stream.ts';
import { connectParty } from '../transports/tcp-connect.ts';
import { acceptParties, type PartyListener } from '../transports/tcp-listen.ts';
import {
  type FromParty,
  failureOf,
  ownBytes,
  ownResult,
  type PartyStart,
  type ToParty,
  type Way,
} from './messages.ts';

/** What the entry file of a thread or process puts in: the code is not sent over. */
export interface HostModules {
  readonly levels: Levels;
  readonly commit: (circuit: Circuit) => TaggedHash;
}

export class PartyHost {
  readonly #modules: HostModules;
  readonly #post: (message: FromParty) => void;
  #session: Session | undefined;
  #listener: PartyListener | undefined;
  readonly #cancel = new AbortController();

  constructor(modules: HostModules, post: (message: FromParty) => void) {
    this.#modules = modules;
    this.#post = post;
  }

  /** Never rejects. */
  async take(message: ToParty): Promise<void> {
    try {
      if (message.type === 'start') await this.#start(message.start);
      else if (message.type === 'run') await this.#run(message);
      else await this.#close();
    } catch (error) {
      this.#post({ type: 'failed', failure: failureOf(error) });
    }
  }

  async #start({ seed, ways, ...options }: PartyStart): Promise<void> {
    const identity = identityFromSeed(seed);
    seed.fill(0);
    const connections = new Map<string, Connector>();
    for (const [peer, way] of Object.entries(ways)) connections.set(peer, await this.#connector(way));
    const { signal } = this.#cancel;
    const channel = options.idleMs === undefined ? {} : { idleMs: options.idleMs };
    this.#session = await openSession({
      ...options,
      ...this.#modules,
      channel,
      identity,
      connections,
      signal,
    });
    const { sessionId, agreement } = this.#session;
    this.#post({ type: 'opened', sessionId: ownBytes(sessionId), agreement: ownBytes(agreement) });
  }

  async #run({ circuit, inputs, call }: Extract<ToParty, { readonly type: 'run' }>): Promise<void> {
    if (this.#session === undefined) throw new RangeError('the session is not open');
    const result = await this.#session.run(circuit, inputs, call);
    for (const input of inputs) input?.fill(0);
    this.#post({ type: 'result', result: ownResult(result) });
  }

  async #close(): Promise<void> {
    this.#cancel.abort();
    await this.#session?.close();
    await this.#listener?.close();
    this.#post({ type: 'closed' });
  }

  async #connector(way: Way): Promise<Connector> {
    switch (way.kind) {
      case 'port':
        return overStream(new PortStream(way.port));
      case 'descriptor':
        return overStream(new Socket({ fd: way.descriptor, readable: true, writable: true }));
      case 'dial':
        return connectParty(way);
      case 'listen':
        if (this.#listener === undefined) {
          this.#listener = await acceptParties(way);
          this.#post({ type: 'listening', host: this.#listener.host, port: this.#listener.port });
        }
        return this.#listener.accept();
    }
  }
}
