/** Links over TCP: one listener for all sessions of a custodian. */
import {
  type Address,
  acceptParties,
  type Connector,
  connectParty,
  dials,
  type Identity,
} from '../../mpc/session/index.ts';
import { macLimits } from './limits.ts';
import type { Links, LinkTimes } from './links.ts';

export interface TcpLinks extends Links {
  readonly address: Address;
  close(): Promise<void>;
}

export interface TcpLinkOptions {
  readonly identity: Identity;
  /** Where this custodian listens; port 0 lets the system choose. */
  readonly listen: Address;
  /** Where another one listens now: it may come back at another port. Undefined while it is not known. */
  readonly addressOf: (custodian: number) => Address | undefined;
  readonly times?: LinkTimes;
}

/** @throws what the system says when it cannot listen there */
export async function tcpLinks({
  identity,
  listen,
  addressOf,
  times = {},
}: TcpLinkOptions): Promise<TcpLinks> {
  const listener = await acceptParties(listen);
  const withinMs = times.meetMs ?? macLimits.meetMs;
  const way = (custodian: number): Connector => ({
    connect(membership, peer) {
      if (!dials(membership.description, membership.me, peer))
        return listener.accept().connect(membership, peer);
      // Port 0 cannot be reached: the meeting ends in time, as with one that is not there.
      const address = addressOf(custodian) ?? { host: listen.host, port: 0 };
      return connectParty({ ...address, withinMs }).connect(membership, peer);
    },
    discard: () => undefined,
  });
  return {
    identity,
    times,
    address: { host: listener.host, port: listener.port },
    session: (peers) => new Map(peers.map((peer) => [peer, way(peer)])),
    close: () => listener.close(),
  };
}
