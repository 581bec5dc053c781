/**
 * `hypergate prove lambda://invocation/REQUESTID`: from the user's words to the proof document. An invocation is one of the root account in the
 * gateway's region unless both stand before it, as in `lambda://invocation/111122223333/eu-west-1/REQUESTID`; the document names them always.
 */
import { type ProofQuery, ProofUnavailable } from '@hypergate/kit';
import { ProofRefused } from '@hypergate/node/verifier';
import { proofDocument, proofFailureStatus } from '@hypergate/table';
import { invocationSubject } from '../invoke/index.ts';
import { type LambdaSubject, parseSubject, subjectText } from '../verify/subject.ts';
import type { LambdaBase } from './context.ts';

/** @throws ProofUnavailable */
export async function proveTarget(
  query: ProofQuery,
  { tables, domain, settings }: LambdaBase,
): Promise<string> {
  const subject = parseTarget(query, `${settings.rootAccountId}/${settings.region}`);
  const { discloseAddressKeys, delay, signal } = query;
  const options = { discloseAddressKeys, delay, ...(signal === undefined ? {} : { signal }) };
  try {
    const { requestId } = subject;
    const parts = await tables.prove([invocationSubject(domain, subject, requestId)], options);
    return proofDocument(subjectText(subject), parts);
  } catch (error) {
    const status = proofFailureStatus(error);
    throw status === undefined
      ? error
      : new ProofUnavailable(status, (error as Error).message, { cause: error });
  }
}

function parseTarget({ target, versionId }: ProofQuery, place: string): LambdaSubject {
  if (versionId !== undefined) throw new ProofUnavailable(400, 'an invocation has no versions');
  try {
    return parseSubject(target.replace(/^(lambda:\/\/invocation)\/([0-9a-f-]{36})$/, `$1/${place}/$2`));
  } catch (error) {
    if (!(error instanceof ProofRefused)) throw error;
    throw new ProofUnavailable(400, `${target} is not of the form lambda://invocation/REQUESTID`, {
      cause: error,
    });
  }
}
