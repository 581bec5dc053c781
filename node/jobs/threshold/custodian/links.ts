/**
 * Direct connections between custodians, for protocols that are sessions of computations. Where the others listen is told by the
 * coordinator and is not trusted: whoever answers there has to be the custodian by its key.
 */
import type { Bytes } from '../../../api/index.ts';
import { MpcAbort } from '../../mpc/errors.ts';
import type { Connector } from '../../mpc/session/connect.ts';
import { dials } from '../../mpc/session/description.ts';
import type { Identity } from '../../mpc/session/identity.ts';
import { connectParty } from '../../mpc/session/transports/tcp-connect.ts';
import type { PartyListener } from '../../mpc/session/transports/tcp-listen.ts';
import type { MemberAddress } from './format/control.ts';

export class PeerLinks {
  /** By the key that the committee has of this custodian. */
  readonly identity: Identity;
  readonly #listener: Pick<PartyListener, 'accept'>;
  #addresses: ReadonlyMap<number, MemberAddress> = new Map();

  constructor(listener: Pick<PartyListener, 'accept'>, identity: Identity) {
    this.identity = identity;
    this.#listener = listener;
  }

  setAddresses(addresses: readonly MemberAddress[]): void {
    this.#addresses = new Map(addresses.map((one) => [one.index, one]));
  }

  /**
   * Ways to these custodians for one session, by index. Who dials follows from the session's description, and whoever listens
   * knows the session by its name there: no two sessions may have the same.
   *
   * @param _sessionId names the session to transports that need it; TCP does not
   */
  session(peers: readonly number[], _sessionId: Bytes): ReadonlyMap<number, Connector> {
    return new Map(peers.map((peer) => [peer, this.#connector(peer)]));
  }

  #connector(index: number): Connector {
    return {
      connect: (membership, peer) => {
        if (!dials(membership.description, membership.me, peer))
          return this.#listener.accept().connect(membership, peer);
        const address = this.#addresses.get(index);
        if (address === undefined) throw new MpcAbort('disconnected', peer, 'nobody said where it listens');
        return connectParty(address).connect(membership, peer);
      },
      discard: () => undefined,
    };
  }
}
