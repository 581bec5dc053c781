/** `hypergate prove s3://bucket/key`: from the user's words to the proof document. */
import { AwsError, type ProofQuery, ProofUnavailable } from '@hypergate/kit';
import { proofDocument, proofFailureStatus } from '@hypergate/table';
import { versionIdOf } from '../engine/version-id.ts';
import { type S3Subject, subjectText } from '../verify/subject.ts';
import type { S3Context } from './context.ts';
import { proveObject } from './prove.ts';

/** @throws ProofUnavailable */
export async function proveTarget(query: ProofQuery, context: S3Context): Promise<string> {
  const subject = parseTarget(query);
  try {
    return proofDocument(subjectText(subject), await proveObject(subject, query, context));
  } catch (error) {
    throw explained(error);
  }
}

/** The key is taken as it is written. Whoever verifies the proof must be able to read its subject. */
function parseTarget({ target, versionId }: ProofQuery): S3Subject {
  const found = /^s3:\/\/([^/]+)\/(.+)$/s.exec(target);
  const [, bucket, key] = found ?? [];
  if (bucket === undefined || key === undefined || !target.isWellFormed() || bucket.includes('?')) {
    throw new ProofUnavailable(400, `${target} is not of the form s3://bucket/key`);
  }
  if (versionId !== undefined && versionIdOf(versionId) === undefined) {
    throw new ProofUnavailable(400, `${versionId} is no version id`);
  }
  return { bucket, key, versionId };
}

function explained(error: unknown): unknown {
  if (error instanceof AwsError) {
    return new ProofUnavailable(error.status === 404 ? 404 : 400, error.message, { cause: error });
  }
  const status = proofFailureStatus(error);
  return status === undefined
    ? error
    : new ProofUnavailable(status, (error as Error).message, { cause: error });
}
