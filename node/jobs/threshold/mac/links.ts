/**
 * Ways from custodian to custodian, over which three of them compute. A custodian process makes them over TCP on loopback; sessions
 * shake hands over them and encrypt, so that whoever carries the bytes learns and changes nothing.
 */
import type { Bytes } from '../../../api/index.ts';
import type { Connector, Identity, SessionClock } from '../../mpc/session/index.ts';

/** How long a custodian waits, in milliseconds. Those of `macLimits` unless said otherwise. */
export interface LinkTimes {
  /** For the others to come. */
  readonly meetMs?: number;
  /** For all runs of one call, beside the time for its blocks. */
  readonly callMs?: number;
  /** From opening a session to its end. */
  readonly sessionMs?: number;
}

export interface Links {
  /** By the key that the committee has of this custodian. */
  readonly identity: Identity;
  /**
   * A way to each of these custodians, for one session. Who dials says the session's description (`dials`).
   *
   * @param sessionId 16 bytes
   */
  session(peers: readonly number[], sessionId: Bytes): ReadonlyMap<number, Connector>;
  readonly clock?: SessionClock;
  readonly times?: LinkTimes;
}
