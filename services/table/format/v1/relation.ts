/**
 * The payload of the hyperedge of a relation over records is a sealed record of purpose `relation`: 2 ‖ a record's content
 * (record.ts) with the relation's table, key and row, and nothing for the index. The first byte tells it from the relation that
 * orders the chunks of large data (chunk.ts), which begins with 1.
 */
import { DecryptionError } from '@hypergate/node/crypto';
import type { RecordKey } from '../../api.ts';
import { decodeRecord, encodeRecord, type RecordContent } from './record.ts';

const version = 2;

export interface RelationContent {
  readonly table: string;
  readonly key: RecordKey;
  readonly rowVersion: number;
  readonly row: Uint8Array;
}

export function encodeRecordRelation({ table, key, rowVersion, row }: RelationContent): Buffer {
  const unindexed = { indexed: false, hasSecondaries: false, projection: undefined, secondary: [] };
  return Buffer.concat([Buffer.of(version), encodeRecord({ table, key, rowVersion, row, ...unindexed })]);
}

/** Parts are views. @throws DecryptionError `format` */
export function decodeRecordRelation(bytes: Buffer): RecordContent {
  if (bytes[0] !== version) throw new DecryptionError('format');
  return decodeRecord(bytes.subarray(1));
}
