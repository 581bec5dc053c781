/** Links between custodians in one process, over streams in memory that a test may cut, hold or replace. */
import { type Duplex, duplexPair } from 'node:stream';
import {
  type Connector,
  identityFromSeed,
  overStream,
  type SessionClock,
} from '../../../../mpc/session/index.ts';
import type { Links, LinkTimes } from '../../links.ts';

export interface Switchboard {
  /** Links of these lead nowhere. */
  readonly silent: Set<number>;
  /** Comes between a custodian and its channels. */
  wrap: ((custodian: number, own: Connector) => Connector) | undefined;
  /** All streams so far, by the custodian that has the end. */
  readonly streams: Map<number, Duplex[]>;
  linksOf(custodian: number, signingSeed: Uint8Array): Links;
}

export function createSwitchboard(clock?: SessionClock, times: LinkTimes = {}): Switchboard {
  /** By session and pair: the end that the other one has not taken yet. */
  const waiting = new Map<string, Duplex>();
  const board: Switchboard = {
    silent: new Set(),
    wrap: undefined,
    streams: new Map(),
    linksOf(me, signingSeed) {
      const way = (peer: number, session: string): Connector => {
        const key = `${session} ${[me, peer].sort((a, b) => a - b).join(' ')}`;
        const taken = waiting.get(key);
        waiting.delete(key);
        let end = taken;
        if (end === undefined) {
          const [mine, other] = duplexPair();
          waiting.set(key, other);
          end = mine;
        }
        if (board.silent.has(me)) end = duplexPair()[0];
        board.streams.set(me, [...(board.streams.get(me) ?? []), end]);
        const own = overStream(end);
        return board.wrap?.(me, own) ?? own;
      };
      return {
        identity: identityFromSeed(signingSeed),
        session: (peers, sessionId) =>
          new Map(peers.map((peer) => [peer, way(peer, Buffer.from(sessionId).toString('hex'))])),
        times,
        ...(clock === undefined ? {} : { clock }),
      };
    },
  };
  return board;
}
