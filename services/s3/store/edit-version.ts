/** Changing what is said of a version (its tags) while the version stays the one it is: id, bytes, order and date. */
import { type Bytes, equalBytes } from '../engine/bytes.ts';
import type { EventName } from '../engine/notification.ts';
import type { ObjectRow } from '../model/object.ts';
import { objectKey, objectsTable, versionKey, versionsTable } from '../model/tables.ts';
import type { Bucket } from './buckets.ts';
import type { S3Context } from './context.ts';
import { archivedVersion, findHead } from './find-version.ts';
import type { Cause } from './notify.ts';
import { changeVersions, putHead, type Step } from './objects.ts';

/** Given the version, also a delete marker; undefined when there is none. Throws to refuse; called again after a conflict. */
export type Edit = (version: ObjectRow | undefined) => ObjectRow;

export interface Told {
  readonly event: EventName;
  readonly cause: Cause;
}

/**
 * @param told undefined when nobody is told
 * @param named undefined for the current version
 * @returns the version as stored
 */
export function editVersion(
  context: S3Context,
  bucket: Bucket,
  key: Bytes,
  named: Bytes | undefined,
  edit: Edit,
  told: Told | undefined,
): Promise<ObjectRow> {
  const tell = (row: ObjectRow) => (told === undefined ? {} : { event: { name: told.event, row } });
  return changeVersions<ObjectRow>(context, bucket, key, { cause: told?.cause }, async (head) => {
    if (head === undefined || named === undefined || equalBytes(head.row.versionId, named)) {
      const row = placed(edit(head?.row), head?.row);
      const writes = [putHead(bucket, key, head, row)];
      return { writes, discarded: [], result: row, ...tell(row) };
    }
    const stored = await archivedVersion(bucket, key, named, head);
    if (stored === undefined && (await findHead(bucket, key))?.revision !== head.revision) return undefined;
    const row = placed(edit(stored?.row), stored?.row);
    const step: Step<ObjectRow> = {
      writes: [
        {
          domain: bucket.domain,
          kind: 'check',
          table: objectsTable,
          key: objectKey(key),
          condition: { revision: head.revision },
        },
        {
          domain: bucket.domain,
          kind: 'put',
          table: versionsTable,
          key: versionKey(key, row.sequence),
          row,
          condition: { revision: stored!.revision },
        },
      ],
      discarded: [],
      result: row,
      ...tell(row),
    };
    return step;
  });
}

/** An edit of nothing must have thrown, and none moves a version. A delete marker is edited by nobody. */
function placed(row: ObjectRow, before: ObjectRow | undefined): ObjectRow {
  if (before === undefined || before.deleteMarker) throw new Error('there is no version to edit');
  const { versionId, deleteMarker, sequence, nullSequence, body } = before;
  return { ...row, versionId, deleteMarker, sequence, nullSequence, body };
}
