/**
 * Messages about events (Amazon S3 User Guide, "Event message structure"): version 2.1, and 2.3 where tags are changed.
 */
import type { Bytes } from './bytes.ts';
import { utf8 } from './bytes.ts';

export interface EventFacts {
  /** Without `s3:`. */
  readonly name: string;
  readonly timeMs: number;
  readonly region: string;
  /** Of the caller. */
  readonly principalId: string;
  readonly sourceAddress: string;
  readonly requestId: string;
  readonly configurationId: string;
  readonly bucket: string;
  readonly bucketOwnerId: string;
  readonly object: EventObject;
}

export interface EventObject {
  readonly key: string;
  readonly size: number | undefined;
  readonly etag: string | undefined;
  readonly versionId: string | undefined;
  /** Of what makes or removes a version: larger is later, among events of one key. */
  readonly sequencer: string | undefined;
}

export function eventMessage(facts: EventFacts): Bytes {
  const { bucket, object } = facts;
  const record = {
    eventVersion: facts.name.startsWith('ObjectTagging:') ? '2.3' : '2.1',
    eventSource: 'aws:s3',
    awsRegion: facts.region,
    eventTime: new Date(facts.timeMs).toISOString(),
    eventName: facts.name,
    userIdentity: { principalId: facts.principalId },
    requestParameters: { sourceIPAddress: facts.sourceAddress },
    responseElements: { 'x-amz-request-id': facts.requestId },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: facts.configurationId,
      bucket: {
        name: bucket,
        ownerIdentity: { principalId: facts.bucketOwnerId },
        arn: bucketArn(bucket),
      },
      object: {
        key: formEncoded(object.key),
        size: object.size,
        eTag: object.etag,
        versionId: object.versionId,
        sequencer: object.sequencer,
      },
    },
  };
  return utf8(JSON.stringify({ Records: [record] }));
}

/** What a queue gets when it becomes a destination. */
export function testMessage(bucket: string, timeMs: number, requestId: string): Bytes {
  return utf8(
    JSON.stringify({
      Service: 'Amazon S3',
      Event: 's3:TestEvent',
      Time: new Date(timeMs).toISOString(),
      Bucket: bucket,
      RequestId: requestId,
    }),
  );
}

export function bucketArn(bucket: string): string {
  return `arn:aws:s3:::${bucket}`;
}

/** A form's encoding, in which a space is `+`, but slashes stay. */
export function formEncoded(key: string): string {
  return encodeURIComponent(key).replace(/%20|%2F|[!'()~]/g, (found) => {
    if (found === '%20') return '+';
    if (found === '%2F') return '/';
    return `%${found.charCodeAt(0).toString(16).toUpperCase()}`;
  });
}

const ticksPerMs = 2048;

/**
 * Numbers for events, larger for later ones: the time and a count within the millisecond, and above what the last one was
 * should a clock go back. A safe integer until the year 2109.
 */
export class EventTicks {
  #last = 0;

  /** @param leastMs time of something that the event comes after */
  next(nowMs: number, leastMs: number): number {
    this.#last = Math.max(this.#last + 1, nowMs * ticksPerMs, leastMs * ticksPerMs);
    return this.#last;
  }

  /** Another process used this one. */
  passed(tick: number): void {
    this.#last = Math.max(this.#last, tick);
  }
}

export function sequencer(tick: number): string {
  return tick.toString(16).toUpperCase().padStart(18, '0');
}
