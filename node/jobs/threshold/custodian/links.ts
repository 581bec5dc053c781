/**
 * Direct connections between custodians, for protocols that are sessions of computations. Where the others listen is told by the
 * coordinator and is not trusted: whoever answers there has to be the custodian by its key.
 */
import { MpcAbort } from '../../mpc/errors.ts';
import type { Connector } from '../../mpc/session/connect.ts';
import { dials } from '../../mpc/session/description.ts';
import { connectParty } from '../../mpc/session/transports/tcp-connect.ts';
import type { PartyListener } from '../../mpc/session/transports/tcp-listen.ts';
import { custodianName } from './channel.ts';
import type { MemberAddress } from './format/control.ts';

export class PeerLinks {
  readonly #listener: Pick<PartyListener, 'accept'>;
  #addresses: ReadonlyMap<number, MemberAddress> = new Map();

  constructor(listener: Pick<PartyListener, 'accept'>) {
    this.#listener = listener;
  }

  setAddresses(addresses: readonly MemberAddress[]): void {
    this.#addresses = new Map(addresses.map((one) => [one.index, one]));
  }

  /**
   * Ways to these custodians for one session, by the names that `custodianName` gives. Who dials follows from the session's description;
   * its name must be one that no other session has.
   */
  session(peers: readonly number[]): ReadonlyMap<string, Connector> {
    return new Map(peers.map((peer) => [custodianName(peer), this.#connector(peer)]));
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
