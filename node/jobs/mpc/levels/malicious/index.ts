/**
 * Two parties, either of which may leave the protocol: authenticated garbling. Wang, Ranellucci, Katz, "Authenticated garbling and
 * efficient maliciously secure two-party computation" (CCS 2017), with the leaky ANDs and the half gates of Katz, Ranellucci, Rosulek,
 * Wang, "Optimizing authenticated garbling for faster secure two-party computation" (CRYPTO 2018). Roles: garbler, evaluator.
 *
 * What it promises: a party that leaves the protocol makes the other end with an abort, or the other's outputs are right for one input
 * of each party, and it learns no more than its own outputs. No fairness: the evaluator has its outputs before it opens the
 * garbler's. It stands on correlated transfers that are secure against malicious parties (ot/extension.ts), SHA-256 as a random
 * oracle and the tweaked hash in the ideal-permutation model; the statistical part is below 2^-40 for a session (bucket-size.ts).
 *
 * Steps, and where each check is:
 *
 * - Once, `session.ts`: a delta for each party, fixed by base transfers; checked for its lowest bit (`deltas.ts`).
 * - Authenticated ANDs, in batches for many circuits, `and-pool.ts`:
 *   authenticated bits by correlated transfers (`authenticated-bits.ts`; the transfers check that choices are consistent);
 *   leaky ANDs (`leaky-ands.ts`); both parties' values for all of them are compared, with commitments, and a seed is tossed
 *   that is unknown until then (`equality.ts`); by the seed they are put into buckets, in which one bit of each is opened with its
 *   MAC, and summed (`shuffle.ts`, `buckets.ts`).
 * - Inputs (`ports.ts`): each party tells its inputs under masks that only it knows, whose MACs bind it; the evaluator gets labels.
 * - Piece after piece of the circuit (`plan.ts`, `run.ts`):
 *   masks and their products, by opening each AND gate's masks under an authenticated AND, with MACs (`products.ts`);
 *   the garbler sends tables (`garble.ts`), the evaluator evaluates (`evaluate.ts`) and tells the masked bits with a hash of
 *   their labels, which the garbler checks; the garbler then proves by a hash of MACs that each AND gate is right for the masked
 *   bits it was evaluated on, which the evaluator checks (`verify.ts`).
 * - Outputs (`ports.ts`): when all pieces are checked, the garbler opens its masks of the evaluator's outputs, with MACs; the evaluator
 *   checks them and opens those of the garbler's outputs, which the garbler checks.
 *
 * That masks and tables of later pieces are made after the parties told their inputs and masked bits of earlier ones changes nothing:
 * preprocessing does not depend on them, each piece has fresh masks, and all that either side may have chosen by them is checked in the
 * same way. When a check fails the session takes no more runs.
 *
 * Memory of a party: about 100 bytes for each leaky AND of a batch (at most 120 MB), 50 for each wire that is alive, 300 for each AND gate
 * of a piece, 8 for each wire of the circuit.
 */
import { setupCotReceiver, setupCotSender } from '../../ot/extension.ts';
import type { Protocol } from '../../protocol.ts';
import { maliciousProtocol } from './session.ts';

export const malicious: Protocol = maliciousProtocol({ setupCotSender, setupCotReceiver });
