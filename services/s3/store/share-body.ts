/** Copies that share the source's ciphertext: records and chunk vertices of their own over the same chunks. */
import type { DomainWrite, StagedBlob } from '@hypergate/table';
import type { ByteRange } from '../engine/range.ts';
import type { ObjectBody, ObjectPart, ObjectRow } from '../model/object.ts';
import type { Bucket } from './buckets.ts';
import { stretches } from './read-body.ts';

export interface SharedBody {
  readonly body: ObjectBody;
  /** What the transaction of the new record must hold. */
  readonly writes: readonly DomainWrite[];
}

/** @returns undefined when the bytes must be copied: they are inline, or were written before chunks had keys of their own */
export function shareBody(source: Bucket, { body }: ObjectRow, target: Bucket): SharedBody | undefined {
  if (body.kind === 'inline') return undefined;
  // The new record holds the chunk as well.
  if (body.kind === 'data') return { body, writes: [] };
  const { domain } = target;
  if (body.kind === 'blob') {
    const { length } = body.blob;
    const blob = domain.shareBlob({ domain: source.domain, blob: body.blob, offset: 0, length });
    return blob && { body: { kind: 'blob', blob }, writes: [{ domain, kind: 'put-blob', blob }] };
  }
  const parts: ObjectPart[] = [];
  const writes: DomainWrite[] = [];
  for (const part of body.parts) {
    if (part.blob === undefined) {
      parts.push(part);
      continue;
    }
    const blob = domain.shareBlob({ domain: source.domain, blob: part.blob, offset: 0, length: part.size });
    if (blob === undefined) return undefined;
    parts.push({ ...part, blob });
    writes.push({ domain, kind: 'put-blob', blob });
  }
  return { body: { kind: 'parts', parts }, writes };
}

/** A range of an object as one blob of the target's domain; undefined when its bytes must be copied. */
export function shareRange(
  source: Bucket,
  row: ObjectRow,
  range: ByteRange,
  target: Bucket,
): StagedBlob | undefined {
  const [stretch, ...more] = stretches(row, range);
  if (stretch === undefined || more.length > 0) return undefined;
  const { of, offset, length } = stretch;
  if (!('chunk' in of)) return target.domain.shareBlob({ domain: source.domain, blob: of, offset, length });
  return offset === 0 && length === of.length ? target.domain.shareBlob(of) : undefined;
}
