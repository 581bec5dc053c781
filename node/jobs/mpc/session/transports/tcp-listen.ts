/**
 * Listens for parties that dial, for all sessions of one process. What a stranger can use before it shows who it is, is bounded in
 * number, bytes and time, and it is told nothing: who names a session that nobody here waits in, or comes as somebody who is not
 * waited for, finds the connection ended.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { TaggedKey } from '../../../../api/index.ts';
import { MpcAbort } from '../../errors.ts';
import { type SessionClock, systemClock } from '../clock.ts';
import { type Asked, answer, type Connector, type Membership } from '../connect.ts';
import { partyOf } from '../description.ts';
import { asAbort } from '../errors.ts';
import { sessionTag } from '../format/agreement.ts';
import { OtherAgreement } from '../handshake.ts';
import { sameKey } from '../identity.ts';
import { sessionLimits } from '../limits.ts';
import type { SecureChannel } from '../secure-channel.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly clock?: SessionClock;
}

export interface PartyListener {
  readonly host: string;
  readonly port: number;
  /** Waits for the party that the session asks for. */
  accept(): Connector;
  /** Ends what is not a session's yet. Channels of sessions stay. */
  close(): Promise<void>;
}

interface Waiting {
  readonly membership: Membership;
  readonly resolve: (channel: SecureChannel) => void;
  readonly reject: (error: MpcAbort) => void;
}

/** @throws what the system says when it cannot listen there */
export async function acceptParties(options: ListenOptions): Promise<PartyListener> {
  const desk = new Desk(options.clock ?? systemClock);
  const server = createServer({ noDelay: true }, (socket) => desk.take(socket));
  server.maxConnections = sessionLimits.connectionsMax;
  await listening(server, options);
  // A connection that could not be taken, for want of descriptors: who dials tries again.
  server.on('error', () => undefined);
  const bound = server.address();
  if (bound === null || typeof bound === 'string')
    throw new Error('a listener on TCP has an address and a port');
  return {
    host: bound.address,
    port: bound.port,
    accept: () => ({ connect: (membership, peer) => desk.wait(membership, peer), discard: () => undefined }),
    async close() {
      // Only after the last channel the server itself counts as closed: that is not waited for.
      server.close();
      await desk.close();
    },
  };
}

/** Strangers, and those who are waited for. */
class Desk {
  readonly #clock: SessionClock;
  /** By tag of the session, then by name of the party. */
  readonly #sessions = new Map<string, Map<string, Waiting>>();
  readonly #strangers = new Map<Socket, Promise<void>>();
  readonly #perAddress = new Map<string, number>();
  readonly #closed = new AbortController();

  constructor(clock: SessionClock) {
    this.#clock = clock;
  }

  /** @throws MpcAbort */
  wait(membership: Membership, peer: string): Promise<SecureChannel> {
    const tag = sessionTag(membership.description.name).toString('hex');
    const session = this.#sessions.get(tag) ?? new Map<string, Waiting>();
    if (session.has(peer) || [...session.values()].some((each) => each.membership.me !== membership.me)) {
      throw new MpcAbort('refused', undefined, `${peer} is waited for already in a session of this name`);
    }
    const { signal } = membership;
    return new Promise<SecureChannel>((resolve, reject) => {
      const forget = (): void => {
        session.delete(peer);
        if (session.size === 0) this.#sessions.delete(tag);
        signal.removeEventListener('abort', cancel);
        this.#closed.signal.removeEventListener('abort', closed);
      };
      const end = (error: MpcAbort): void => {
        forget();
        reject(error);
      };
      const cancel = (): void => end(asAbort(signal.reason));
      const closed = (): void => end(new MpcAbort('cancelled', membership.me, 'the listener was closed'));
      const take = (channel: SecureChannel): void => {
        forget();
        resolve(channel);
      };
      session.set(peer, { membership, resolve: take, reject: end });
      this.#sessions.set(tag, session);
      signal.addEventListener('abort', cancel, { once: true });
      this.#closed.signal.addEventListener('abort', closed, { once: true });
      if (signal.aborted) cancel();
      else if (this.#closed.signal.aborted) closed();
    });
  }

  take(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const count = this.#perAddress.get(address) ?? 0;
    const isCrowded =
      this.#strangers.size >= sessionLimits.strangersMax || count >= sessionLimits.strangersPerAddressMax;
    if (isCrowded || this.#closed.signal.aborted) {
      socket.on('error', () => undefined).destroy();
      return;
    }
    this.#perAddress.set(address, count + 1);
    const served = this.#serve(socket).finally(() => {
      this.#strangers.delete(socket);
      const left = this.#perAddress.get(address)! - 1;
      if (left === 0) this.#perAddress.delete(address);
      else this.#perAddress.set(address, left);
    });
    this.#strangers.set(socket, served);
  }

  async close(): Promise<void> {
    const left = [...this.#strangers.values()];
    this.#closed.abort(new MpcAbort('cancelled', undefined, 'the listener was closed'));
    await Promise.all(left);
  }

  async #serve(socket: Socket): Promise<void> {
    let session: ReadonlyMap<string, Waiting> | undefined;
    const find = (tag: Uint8Array): Asked<void> => {
      session = this.#sessions.get(Buffer.from(tag).toString('hex'));
      return asked(session);
    };
    try {
      await answer(socket, { clock: this.#clock, signal: this.#closed.signal }, undefined, find);
    } catch (error) {
      if (!(error instanceof MpcAbort)) throw error;
      // A stranger changes nothing for those who wait. The party itself, with another agreement, will not come with this one.
      if (error instanceof OtherAgreement) session?.get(error.party!)?.reject(error);
    }
  }
}

/** @throws MpcAbort when nobody waits */
function asked(session: ReadonlyMap<string, Waiting> | undefined): Asked<void> {
  const [first] = session?.values() ?? [];
  if (session === undefined || first === undefined) {
    throw new MpcAbort('refused', undefined, 'nobody waits in this session');
  }
  const { membership } = first;
  const nameOf = (key: TaggedKey): string | undefined =>
    [...session.keys()].find((name) => sameKey(partyOf(membership.description, name).key, key));
  return {
    membership,
    nameOf,
    welcome(channel) {
      const waiting = session.get(channel.peer);
      if (waiting !== undefined) waiting.resolve(channel);
      // The same party came twice at once: the first is the one.
      else void channel.close();
    },
  };
}

function listening(server: Server, { host, port }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
