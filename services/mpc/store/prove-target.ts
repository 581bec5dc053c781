/** `hypergate prove mpc://circuits/COMMITMENT` and `mpc://computations/ID`: from the user's words to the proof document. */
import { type ProofQuery, ProofUnavailable } from '@hypergate/kit';
import { ProofRefused } from '@hypergate/node/verifier';
import { type ProofSubject, proofDocument, proofFailureStatus } from '@hypergate/table';
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
    return proofDocument(subjectText(subject), await tables.prove([record], options));
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
  const status = proofFailureStatus(error);
  return status === undefined
    ? error
    : new ProofUnavailable(status, (error as Error).message, { cause: error });
}
