/** A host for an engine whose state is kept in memory only: nothing is ever held. For tests and for trying commands out. */
import type { Engine } from '../engine/engine.ts';
import { wireLimits } from '../wire/limits.ts';
import type { ConnectionHost } from './connection.ts';

export function directHost(engine: Engine): ConnectionHost {
  return {
    engine,
    durable: Number.POSITIVE_INFINITY,
    isFull: false,
    queryBytesMax: wireLimits.queryBytesMax,
    turnEnded: () => undefined,
    hold: () => undefined,
    waitForRoom: () => undefined,
    closed: () => undefined,
    shunned: (connection) => connection.close(false),
    buffered: () => undefined,
  };
}
