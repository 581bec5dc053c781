/** Dials a party that listens, until it takes part in the session: it may come later. */
import { createConnection, type Socket } from 'node:net';
import { MpcAbort } from '../../errors.ts';
import type { SessionClock } from '../clock.ts';
import { type Connector, dialOver, type Membership } from '../connect.ts';
import { asAbort } from '../errors.ts';
import { sessionLimits } from '../limits.ts';
import type { SecureChannel } from '../secure-channel.ts';

export interface DialOptions {
  readonly host: string;
  readonly port: number;
  /** How long it is tried; the session's own limit ends it as well. */
  readonly withinMs?: number;
}

export function connectParty(options: DialOptions): Connector {
  return { connect: (membership, peer) => dialUntil(options, membership, peer), discard: () => undefined };
}

/**
 * A listener that does not know the session yet ends the connection without a word: that, and no connection, is tried again. What it
 * says is final.
 */
async function dialUntil(options: DialOptions, membership: Membership, peer: string): Promise<SecureChannel> {
  const { clock, signal } = membership;
  const until = clock.monotonic() + (options.withinMs ?? sessionLimits.handshakeMs);
  for (
    let pause: number = sessionLimits.retryMsMin;
    ;
    pause = Math.min(2 * pause, sessionLimits.retryMsMax)
  ) {
    try {
      return await dialOver(await connected(options, signal, peer), membership, peer);
    } catch (error) {
      if (!(error instanceof MpcAbort) || error.reason !== 'disconnected') throw error;
      if (clock.monotonic() + pause >= until) throw error;
      await wait(clock, pause, signal);
    }
  }
}

/** @throws MpcAbort */
function connected({ host, port }: DialOptions, signal: AbortSignal, peer: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(asAbort(signal.reason));
      return;
    }
    const socket = createConnection({ host, port, noDelay: true });
    const settle = (): void => {
      socket.off('connect', done).off('error', failed);
      signal.removeEventListener('abort', cancel);
    };
    const done = (): void => {
      settle();
      resolve(socket);
    };
    const failed = (cause: Error): void => {
      settle();
      reject(new MpcAbort('disconnected', peer, 'it cannot be reached', { cause }));
    };
    const cancel = (): void => {
      settle();
      socket.on('error', () => undefined).destroy();
      reject(asAbort(signal.reason));
    };
    socket.once('connect', done).once('error', failed);
    signal.addEventListener('abort', cancel, { once: true });
  });
}

function wait(clock: SessionClock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(asAbort(signal.reason));
      return;
    }
    const cancel = (): void => {
      stop();
      reject(asAbort(signal.reason));
    };
    const stop = clock.timer(ms, () => {
      signal.removeEventListener('abort', cancel);
      resolve();
    });
    signal.addEventListener('abort', cancel, { once: true });
  });
}
