/**
 * What a new version changes among the versions of its key, computed from the head alone (model/object.ts says how versions
 * are laid out). Three states of a bucket, two kinds of version:
 *
 * - enabled: the new version gets an id; the head, when it is an object, moves to `s3.versions`;
 * - suspended, or never enabled: the new version is the null version; the null version there was goes, wherever it stood, and
 *   a head with an id moves. In a bucket that never had versions this is one write in place.
 *
 * A new delete marker stands in `s3.versions` as well. A head that is one stands there already and stays.
 */
import type { Bytes } from '../engine/bytes.ts';
import { isNullVersion, newVersionId, nullVersion, versionIdRandomBytes } from '../engine/version-id.ts';
import type { Versioning } from '../model/bucket.ts';
import type { ObjectRow } from '../model/object.ts';

/** A version before its place among the others is known. */
export type NewVersion = Omit<ObjectRow, 'versionId' | 'deleteMarker' | 'sequence' | 'nullSequence'>;

export interface PlanModules {
  readonly nowMs: number;
  readonly random: { bytes(length: number): Bytes };
}

export interface VersionPlan {
  readonly head: ObjectRow;
  /** Rows that `s3.versions` gets. */
  readonly added: readonly ObjectRow[];
  /** Sequence of the null version that leaves `s3.versions`; 0 for none. */
  readonly dropped: number;
  /** The head there was is the null version and its place is taken: its bytes go. */
  readonly replacesHead: boolean;
}

export function planVersion(
  head: ObjectRow | undefined,
  draft: NewVersion,
  deleteMarker: boolean,
  versioning: Versioning,
  { nowMs, random }: PlanModules,
): VersionPlan {
  const sequence = Math.max(nowMs, (head?.sequence ?? 0) + 1);
  const enabled = versioning === 'enabled';
  const versionId = enabled ? newVersionId(sequence, random.bytes(versionIdRandomBytes)) : nullVersion;
  const wasNull = head !== undefined && isNullVersion(head.versionId);
  const replacesHead = !enabled && wasNull && !head.deleteMarker;
  const added: ObjectRow[] = [];
  let nullSequence = head?.nullSequence ?? 0;
  if (head !== undefined && !head.deleteMarker && !replacesHead) {
    added.push({ ...head, nullSequence: 0 });
    if (wasNull) nullSequence = head.sequence;
  }
  const dropped = enabled ? 0 : nullSequence;
  if (!enabled) nullSequence = deleteMarker ? sequence : 0;
  const row: ObjectRow = { ...draft, versionId, deleteMarker, sequence, nullSequence };
  if (deleteMarker) added.push({ ...row, nullSequence: 0 });
  return { head: row, added, dropped, replacesHead };
}

const noDigest = new Uint8Array(16);

export function deleteMarker(nowMs: number): NewVersion {
  return {
    size: 0,
    modifiedMs: nowMs,
    etag: { md5: noDigest, parts: 0 },
    storageClass: 'STANDARD',
    checksum: undefined,
    headers: {},
    metadata: [],
    tags: [],
    owner: '',
    uploadId: nullVersion,
    body: { kind: 'inline', bytes: nullVersion },
  };
}
