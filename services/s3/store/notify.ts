/** Telling of a change: the event, made for the rule of the bucket that it belongs to, as a write of the change's own transaction. */
import type { Call } from '@hypergate/kit';
import { type Bytes, textOf } from '../engine/bytes.ts';
import { etagText } from '../engine/etag.ts';
import { eventMessage, sequencer } from '../engine/event-record.ts';
import { type EventName, ruleFor } from '../engine/notification.ts';
import { versionIdText } from '../engine/version-id.ts';
import { s3Limits } from '../limits.ts';
import type { ObjectRow } from '../model/object.ts';
import type { Bucket } from './buckets.ts';
import type { S3Context } from './context.ts';
import type { Posting } from './outbox.ts';

/** The call behind a change, asked for what events say of it only when there is one to send. */
export type Cause = Pick<Call<unknown>, 'principal' | 'requestId' | 'policyContext' | 'header'>;

export interface VersionEvent {
  readonly name: EventName;
  /** The version that was made, changed or taken away. */
  readonly row: ObjectRow;
}

/**
 * @param bucket as it is now
 * @param head of the key, before the change
 * @returns undefined when nobody is told
 */
export function eventPosting(
  context: S3Context,
  bucket: Bucket,
  key: Bytes,
  head: ObjectRow | undefined,
  event: VersionEvent | undefined,
  cause: Cause | undefined,
): Posting | undefined {
  if (bucket.notifications === undefined || event === undefined || cause === undefined) return undefined;
  const text = textOf(key);
  const rule = ruleFor(bucket.notifications, event.name, text);
  if (rule === undefined) return undefined;
  const nowMs = context.clock.now();
  const tick = context.outbox.ticks.next(nowMs, head === undefined ? 0 : head.sequence + 1);
  const { name, row } = bucket;
  const body = eventMessage({
    name: event.name,
    timeMs: nowMs,
    region: row.region,
    principalId: principalId(cause),
    sourceAddress: cause.policyContext?.()['aws:SourceIp'] ?? '127.0.0.1',
    requestId: cause.requestId,
    configurationId: rule.id,
    bucket: name,
    bucketOwnerId: row.ownerId,
    object: { key: text, versionId: versionOf(bucket, event.row), ...details(event, tick) },
  });
  const accountId = row.ownerAccountId;
  const traceId = traceOf(cause);
  return context.outbox.post(
    { targetArn: rule.arn, bucket: name, accountId, key, createdMs: nowMs, traceId, body },
    tick,
  );
}

/** What AWS says of an object besides its name depends on what happened. */
function details({ name, row }: VersionEvent, tick: number) {
  const none = { size: undefined, etag: undefined, sequencer: undefined };
  if (name === 'ObjectRemoved:Delete') return { ...none, sequencer: sequencer(tick) };
  if (name === 'ObjectRemoved:DeleteMarkerCreated') {
    return { ...none, etag: emptyEtag, sequencer: sequencer(tick) };
  }
  const etag = etagText(row.etag);
  if (name === 'ObjectTagging:Put' || name === 'ObjectTagging:Delete') return { ...none, etag };
  return { size: row.size, etag, sequencer: sequencer(tick) };
}

/** Of no bytes: a delete marker has none. */
const emptyEtag = 'd41d8cd98f00b204e9800998ecf8427e';

function versionOf(bucket: Bucket, row: ObjectRow): string | undefined {
  return bucket.row.versioning === 'off' ? undefined : versionIdText(row.versionId);
}

/** Functions that write to the bucket that calls them are noticed by it. Longer ones are nobody's. */
function traceOf(cause: Cause): string {
  const given = cause.header('x-amzn-trace-id') ?? '';
  return given.length > s3Limits.traceIdLengthMax ? '' : given;
}

function principalId({ principal }: Cause): string {
  return `AWS:${principal.roleSessionId ?? principal.userId}`;
}
