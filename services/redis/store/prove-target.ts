/** `hypergate prove redis://database/key[?element=name]`: brings the key's record up to date, then proves it. */
import { type ProofQuery, ProofUnavailable } from '@hypergate/kit';
import { proofDocument, proofFailureStatus, type TableStore } from '@hypergate/table';
import { type RedisSubject, subjectText } from '../verify/subject.ts';
import type { Session } from './session.ts';

/** @throws ProofUnavailable */
export async function proveTarget(query: ProofQuery, session: Session, tables: TableStore): Promise<string> {
  const subject = parseTarget(query);
  try {
    const { discloseAddressKeys, delay, signal } = query;
    const options = { discloseAddressKeys, delay, ...(signal === undefined ? {} : { signal }) };
    const { database, key, element } = subject;
    const parts = await session.prove(
      database,
      Buffer.from(key),
      element === undefined ? undefined : Buffer.from(element),
      (subjects) => tables.prove(subjects, options),
    );
    return proofDocument(subjectText(subject), parts);
  } catch (error) {
    throw explained(error);
  }
}

/**
 * Key and element as their texts in UTF-8; any byte may be written as `%XX`. An element follows the first `?element=`, so in a
 * key with that text the `?` must be written as `%3F`.
 */
function parseTarget({ target, versionId }: ProofQuery): RedisSubject {
  const found = /^redis:\/\/(\d{1,2})\/(.*?)(?:\?element=(.*))?$/s.exec(target);
  const [, database, name, element] = found ?? [];
  if (database === undefined || name === undefined || Number(database) > 15 || !target.isWellFormed()) {
    throw new ProofUnavailable(
      400,
      `${target} is not of the form redis://database/key or redis://database/key?element=name, with a database of 0 to 15`,
    );
  }
  if (versionId !== undefined) throw new ProofUnavailable(400, 'keys of Redis have no versions');
  return {
    database: Number(database),
    key: bytesOf(name),
    element: element === undefined ? undefined : bytesOf(element),
  };
}

function bytesOf(text: string): Buffer {
  const parts = text
    .split(/%([0-9A-Fa-f]{2})/)
    .map((part, index) => Buffer.from(part, index % 2 === 0 ? 'utf8' : 'hex'));
  return Buffer.concat(parts);
}

function explained(error: unknown): unknown {
  const status = proofFailureStatus(error);
  return status === undefined
    ? error
    : new ProofUnavailable(status, (error as Error).message, { cause: error });
}
