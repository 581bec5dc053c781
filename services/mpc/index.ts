/**
 * Public records of multi-party computations. Parties compute a circuit together on inputs that they keep to themselves
 * (node/jobs/mpc); this service holds what may be known of it, so that it can be listed and proven:
 *
 * - circuits, by the commitment to their canonical encoding: inputs and outputs by name and size, number of gates, and, if they
 *   were given here, the encoding itself for others to fetch, or the source that the node compiled;
 * - computations: the statement that all parties signed at the end (which circuit, at which security level, who, which run of
 *   which session, and the hash of the transcript that all of them saw), with the signatures.
 *
 * Nothing private is stored: no input, no output, no message of a computation, no secret key; none of it ever comes here.
 * A record shows that the holders of the keys signed. That the computation was right follows from its level, for each party
 * that followed the protocol; the record itself cannot show it to others, and two parties that want to can sign without
 * computing. The time of the end is the word of whoever recorded it.
 *
 * Before an upload is recorded the node inspects it, in a thread with a bound of time and size. A statement is recorded once all
 * signatures hold and its circuit is there; a second statement for the same run of the same session is refused. Records are
 * never changed (a circuit gains what its first upload left out) and not deleted, but by a reset in developer mode.
 *
 * Reached through the admin API: /circuits and /computations. `hypergate prove mpc://circuits/COMMITMENT` and
 * `mpc://computations/ID` make proofs. The proof of a circuit discloses its source, if it has one.
 */
export { createService } from './service.ts';
