/**
 * `hypergate prove kms://key/KEYID`, `kms://alias/NAME`, `kms://audit/REQUESTID`: from the user's words to the proof document. An alias is one of
 * the root account's unless the account stands before it, as in `kms://111122223333/alias/NAME`; the document names it always.
 */
import { type ProofQuery, ProofUnavailable } from '@hypergate/kit';
import { ProofRefused } from '@hypergate/node/verifier';
import { type ProofSubject, proofDocument, proofFailureStatus } from '@hypergate/table';
import { aliasesTable, aliasKey, auditKey, auditTable, keyKey, keysTable } from '../model/tables.ts';
import { type KmsSubject, parseSubject, subjectForms, subjectText } from '../verify/subject.ts';
import type { KmsContext } from './context.ts';

type ProofContext = Pick<KmsContext, 'tables' | 'domain' | 'rootAccountId'>;

/** @throws ProofUnavailable */
export async function proveTarget(query: ProofQuery, context: ProofContext): Promise<string> {
  const subject = parseTarget(query, context.rootAccountId);
  const { discloseAddressKeys, delay, signal } = query;
  const options = { discloseAddressKeys, delay, ...(signal === undefined ? {} : { signal }) };
  try {
    const parts = await context.tables.prove([recordOf(subject, context)], options);
    return proofDocument(subjectText(subject), parts);
  } catch (error) {
    throw explained(error);
  }
}

function recordOf(subject: KmsSubject, { domain }: ProofContext): ProofSubject {
  switch (subject.kind) {
    case 'key':
      return { kind: 'record', domain, table: keysTable, key: keyKey(subject.keyId) };
    case 'alias': {
      const key = aliasKey(subject.account, `alias/${subject.name}`);
      return { kind: 'record', domain, table: aliasesTable, key };
    }
    case 'audit':
      return { kind: 'record', domain, table: auditTable, key: auditKey(subject) };
  }
}

function parseTarget({ target, versionId }: ProofQuery, rootAccountId: string): KmsSubject {
  if (versionId !== undefined)
    throw new ProofUnavailable(400, 'all versions of a key stand in its record: it is proven whole');
  try {
    return parseSubject(target.replace(/^kms:\/\/alias\//, `kms://${rootAccountId}/alias/`));
  } catch (error) {
    if (!(error instanceof ProofRefused)) throw error;
    throw new ProofUnavailable(400, `${target} is not of the form ${subjectForms}`, { cause: error });
  }
}

function explained(error: unknown): unknown {
  const status = proofFailureStatus(error);
  return status === undefined
    ? error
    : new ProofUnavailable(status, (error as Error).message, { cause: error });
}
