/** `hypergate prove mpc://circuits/COMMITMENT` and `mpc://computations/ID`: from the user's words to the proof document. */
import { type ProofQuery, ProofUnavailable } from '@hypergate/kit';
import { NodeError } from '@hypergate/node/api';
import { frameOf, ProofRefused } from '@hypergate/node/verifier';
import { AbsenceNotDisclosed, type ProofSubject } from '@hypergate/table';
import { encodeDocument } from '@hypergate/table/verify';
import { circuitKey, circuitsTable, computationKey, computationsTable } from '../model/tables.ts';
import { type MpcSubject, parseSubject, subjectText } from '../verify/subject.ts';
import type { MpcContext } from './context.ts';

/** @throws ProofUnavailable */
export async function proveTarget(query: ProofQuery, { tables, domain }: MpcContext): Promise<string> {
  const subject = parseTarget(query);
  const { discloseAddressKeys, delay, signal } = query;
  const options = { discloseAddressKeys, delay, ...(signal === undefined ? {} : { signal }) };
  const record: ProofSubject =
    subject.kind === 'circuit'
      ? { kind: 'record', domain, table: circuitsTable, key: circuitKey(subject.name) }
      : { kind: 'record', domain, table: computationsTable, key: computationKey(subject.name) };
  try {
    const { proof, secrets, absences, addresses } = await tables.prove([record], options);
    const { number, timeMs } = frameOf(proof);
    return encodeDocument({
      subject: subjectText(subject),
      frame: number,
      time: new Date(timeMs).toISOString(),
      secrets,
      absences: absences.map(({ item, table, key }) => ({ item, table, ...key })),
      addresses,
      proof,
    });
  } catch (error) {
    throw explained(error);
  }
}

function parseTarget({ target, versionId }: ProofQuery): MpcSubject {
  if (versionId !== undefined) throw new ProofUnavailable(400, 'circuits and computations have no versions');
  try {
    return parseSubject(target);
  } catch (error) {
    if (!(error instanceof ProofRefused)) throw error;
    throw new ProofUnavailable(400, error.message.replace('the subject', target), { cause: error });
  }
}

function explained(error: unknown): unknown {
  if (error instanceof AbsenceNotDisclosed) return new ProofUnavailable(409, error.message, { cause: error });
  if (error instanceof NodeError && error.code !== 'malformed') {
    return new ProofUnavailable(503, error.message, { cause: error });
  }
  return error;
}
