/** What every service does around a proof: the document for whoever verifies it, and what is said when there is none. */
import { NodeError } from '@hypergate/node/api';
import { frameOf } from '@hypergate/node/verifier';
import type { ProofParts } from './api.ts';
import { AbsenceNotDisclosed, TableMisuse } from './errors.ts';
import { encodeDocument } from './verify/index.ts';

/** @param subject as the service's `describeProof` reads it */
export function proofDocument(subject: string, parts: ProofParts): string {
  const { proof, secrets, absences, addresses } = parts;
  const { number, timeMs } = frameOf(proof);
  return encodeDocument({
    subject,
    frame: number,
    time: new Date(timeMs).toISOString(),
    secrets,
    absences: absences.map(({ item, table, key }) => ({ item, table, ...key })),
    addresses,
    proof,
  });
}

/** Status in the words of HTTP of a failure that its caller can understand; undefined for any other. */
export function proofFailureStatus(error: unknown): 400 | 409 | 503 | undefined {
  if (error instanceof AbsenceNotDisclosed) return 409;
  if (error instanceof TableMisuse) return 400;
  return error instanceof NodeError && error.code !== 'malformed' ? 503 : undefined;
}
