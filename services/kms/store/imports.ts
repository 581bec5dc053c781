/**
 * What GetParametersForImport gave out: a wrapping key pair and a token, one per key, for 24 hours. The newest counts: there is one row
 * per key, and new parameters take the place of old ones, private key and all. Tokens outlive a restart, as AWS's do: the row is
 * sealed like every other. It is gone when its time is over; until then material may be imported again with the same token.
 *
 *   token: form (1) | end of its time, ms (8) | token id (16) | key id
 *
 * The id is 16 random bytes: who has not got it from here does not know it, and the row says of which key it is. The time stands in the
 * token as well so that a token whose row is gone can be told from one that never was; lying about it changes one refusal for another.
 */
import type { DomainWrite, RecordKey, TableDomain } from '@hypergate/table';
import { equalSecrets } from '../engine/crypto/equal.ts';
import { kmsError } from '../engine/errors.ts';
import { kmsLimits } from '../engine/limits.ts';
import { RowReader, RowWriter } from '../model/fields.ts';
import type { ImportRow } from '../model/journal.ts';
import { importsTable } from '../model/tables.ts';
import type { KmsContext } from './context.ts';

type Modules = Pick<KmsContext, 'tables' | 'domain'>;

const form = 1;
const tokenIdBytes = 16;
/** Rows removed in one transaction. */
const sweepRows = 100;

const none = Buffer.alloc(0);
const rowKey = (keyId: string): RecordKey => ({ partition: none, sort: Buffer.from(keyId) });

/** @param privateKey PKCS #8 in DER; whoever made it overwrites it */
export async function putImport(
  context: Modules & Pick<KmsContext, 'random'>,
  parameters: Pick<ImportRow, 'keyId' | 'wrappingAlgorithm' | 'wrappingKeySpec' | 'privateKey'>,
  nowMs: number,
): Promise<{ readonly token: Uint8Array; readonly validToMs: number }> {
  const { tables, domain, random } = context;
  const validToMs = nowMs + kmsLimits.importTokenValidMs;
  const row: ImportRow = {
    ...parameters,
    tokenId: random.bytes(tokenIdBytes),
    createdMs: nowMs,
    validToMs,
  };
  await tables.transact([{ kind: 'put', domain, table: importsTable, key: rowKey(row.keyId), row }]);
  return { token: encodeToken(row), validToMs };
}

/** @throws KmsError InvalidImportTokenException, ExpiredImportTokenException */
export async function findImport(
  { domain }: Pick<Modules, 'domain'>,
  keyId: string,
  token: Uint8Array,
  nowMs: number,
): Promise<ImportRow> {
  const claim = decodeToken(token);
  if (claim === undefined || claim.keyId !== keyId) throw kmsError('InvalidImportTokenException');
  if (claim.validToMs <= nowMs) throw kmsError('ExpiredImportTokenException');
  const row = (await domain.get(importsTable, rowKey(keyId)))?.row;
  const isIts =
    row !== undefined && equalSecrets(row.tokenId, claim.tokenId) && row.validToMs === claim.validToMs;
  if (!isIts) throw kmsError('InvalidImportTokenException');
  if (row.validToMs <= nowMs) throw kmsError('ExpiredImportTokenException');
  return row;
}

/** Removes private keys whose time is over. @returns how many */
export async function forgetExpiredImports({ tables, domain }: Modules, nowMs: number): Promise<number> {
  const cursor = domain.cursor(importsTable, none, {});
  let removed = 0;
  for (;;) {
    const group: DomainWrite[] = [];
    while (group.length < sweepRows) {
      const entry = await cursor.next();
      if (entry === undefined) break;
      if (endOf(entry.projection) <= nowMs) group.push(...(await removal(domain, entry.sort, nowMs)));
    }
    if (group.length === 0) return removed;
    await tables.transact(group);
    removed += group.length;
  }
}

/** None of a row that was replaced meanwhile: it has a time of its own. */
async function removal(domain: TableDomain, sort: Uint8Array, nowMs: number): Promise<DomainWrite[]> {
  const key: RecordKey = { partition: none, sort };
  const stored = await domain.get(importsTable, key);
  if (stored === undefined || stored.row.validToMs > nowMs) return [];
  const { revision } = stored;
  return [{ kind: 'remove', domain, table: importsTable, key, condition: { revision } }];
}

const endOf = (projection: Uint8Array): number => new RowReader(projection).u64('the end');

function encodeToken({ validToMs, tokenId, keyId }: ImportRow): Uint8Array {
  return new RowWriter().u8(form).u64(validToMs).bytes(tokenId).bytes(Buffer.from(keyId)).done();
}

function decodeToken(token: Uint8Array) {
  const header = 1 + 8 + tokenIdBytes;
  if (token.length <= header || token[0] !== form) return undefined;
  const bytes = Buffer.from(token);
  const validToMs = Number(bytes.readBigUInt64BE(1));
  return { validToMs, tokenId: bytes.subarray(9, header), keyId: bytes.toString('latin1', header) };
}
