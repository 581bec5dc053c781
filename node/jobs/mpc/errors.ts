/** How a computation ends without a result. */

/** A circuit or a call that is not well-formed, or larger than `mpcLimits` allow. */
export class CircuitError extends Error {
  override readonly name = 'CircuitError';
}

export type AbortReason =
  /** A message of another kind, length or form than the protocol says at this place. */
  | 'malformed'
  /** A check that only a party which leaves the protocol fails. */
  | 'cheating'
  /** The other party said that it ends. */
  | 'peer-aborted'
  /** The connection ended. */
  | 'disconnected'
  | 'timeout'
  /** The caller of this side ended it. */
  | 'cancelled'
  /** The parties want different things: circuit, security level, identities. */
  | 'disagreement'
  /** The security level is too weak for what is asked. */
  | 'refused'
  /** Something failed here. */
  | 'internal';

/** A computation ended without an output. Nothing was released. */
export class MpcAbort extends Error {
  override readonly name = 'MpcAbort';
  readonly reason: AbortReason;
  /** Name of the party whose message, silence or wish ended it; undefined when it is not known. */
  readonly party: string | undefined;

  /** @param detail holds no secret: it goes to logs and to the other parties */
  constructor(reason: AbortReason, party: string | undefined, detail: string, options?: ErrorOptions) {
    super(party === undefined ? detail : `${party}: ${detail}`, options);
    this.reason = reason;
    this.party = party;
  }
}
