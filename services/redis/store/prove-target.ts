/** `hypergate prove redis://database/key`: brings the key's record up to date, then proves it. */
import { type ProofQuery, ProofUnavailable } from '@hypergate/kit';
import { NodeError } from '@hypergate/node/api';
import { frameOf } from '@hypergate/node/verifier';
import { AbsenceNotDisclosed, type ProofSubject, TableMisuse, type TableStore } from '@hypergate/table';
import { encodeDocument } from '@hypergate/table/verify';
import { pieceRowBytesMax } from '../model/pieces.ts';
import { keyRecordKey, keysTable } from '../model/tables.ts';
import { type RedisSubject, subjectText } from '../verify/subject.ts';
import type { Session } from './session.ts';

/** @throws ProofUnavailable */
export async function proveTarget(query: ProofQuery, session: Session, tables: TableStore): Promise<string> {
  const subject = parseTarget(query);
  try {
    const subjects = await session.subjectsOf(subject.database, Buffer.from(subject.key));
    const { discloseAddressKeys, delay, signal } = query;
    const options = { discloseAddressKeys, delay, ...(signal === undefined ? {} : { signal }) };
    const { proof, secrets, absences, addresses } = await tables.prove(subjects, options);
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

/** The key as its text in UTF-8; any byte may be written as `%XX`. */
function parseTarget({ target, versionId }: ProofQuery): RedisSubject {
  const found = /^redis:\/\/(\d{1,2})\/(.*)$/s.exec(target);
  const [, database, name] = found ?? [];
  if (database === undefined || name === undefined || Number(database) > 15 || !target.isWellFormed()) {
    throw new ProofUnavailable(
      400,
      `${target} is not of the form redis://database/key, with a database of 0 to 15`,
    );
  }
  if (versionId !== undefined) throw new ProofUnavailable(400, 'keys of Redis have no versions');
  const parts = name.split(/%([0-9A-Fa-f]{2})/);
  const bytes = parts.map((part, index) =>
    index % 2 === 0 ? Buffer.from(part, 'utf8') : Buffer.from(part, 'hex'),
  );
  return { database: Number(database), key: Buffer.concat(bytes) };
}

/** The rows of a key's record, as they are now. */
export async function recordSubjects(
  domain: ProofSubject['domain'],
  database: number,
  key: Buffer,
): Promise<ProofSubject[]> {
  const stored = await domain.get(keysTable, keyRecordKey(database, key));
  const rows = Math.max(1, Math.ceil((stored?.row.valueBytes ?? 0) / pieceRowBytesMax));
  return Array.from({ length: rows }, (_, part) => ({
    kind: 'record',
    domain,
    table: keysTable,
    key: keyRecordKey(database, key, part),
  }));
}

function explained(error: unknown): unknown {
  if (error instanceof AbsenceNotDisclosed) return new ProofUnavailable(409, error.message, { cause: error });
  if (error instanceof TableMisuse) return new ProofUnavailable(400, error.message, { cause: error });
  if (error instanceof NodeError && error.code !== 'malformed') {
    return new ProofUnavailable(503, error.message, { cause: error });
  }
  return error;
}
