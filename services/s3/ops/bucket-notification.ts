/**
 * PutBucketNotificationConfiguration and GetBucketNotificationConfiguration. A configuration without rules takes the one there is
 * away. Queues get a test message with the transaction that makes them destinations.
 */
import type { Call, EventTargets, OperationRow } from '@hypergate/kit';
import { noBytes } from '../engine/bytes.ts';
import { bucketArn, testMessage } from '../engine/event-record.ts';
import type { Notifications } from '../engine/notification.ts';
import {
  invalidDestination,
  type NotificationMembers,
  notificationMembers,
  notificationRules,
} from '../engine/notification-document.ts';
import { s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import { notificationsDocument } from '../model/notification.ts';
import type { Bucket } from '../store/buckets.ts';
import type { S3Context } from '../store/context.ts';
import { putDocument, removeDocument } from '../store/documents.ts';
import type { Posting } from '../store/outbox.ts';
import { eventPrincipal } from '../store/target-runner.ts';
import { type BucketInput, bucketRow } from './common.ts';

interface PutInput extends BucketInput {
  readonly NotificationConfiguration?: NotificationMembers;
  readonly SkipDestinationValidation?: boolean;
}

const idBytes = 36;

export function putBucketNotification(context: S3Context): OperationRow<PutInput, unknown> {
  return bucketRow<PutInput>(
    context,
    'PutBucketNotificationConfiguration',
    's3:PutBucketNotification',
    async (call, bucket) => {
      const { NotificationConfiguration: members, SkipDestinationValidation: skips = false } = call.input;
      if (members === undefined) throw s3Error('MalformedXML');
      const newId = () => Buffer.from(context.random.bytes(idBytes)).toString('base64url');
      const rules = notificationRules(members, newId);
      try {
        if (rules.length === 0) {
          await removeDocument(context, bucket, notificationsDocument);
        } else {
          await checkDestinations(context, bucket, rules, skips);
          const tests = skips ? [] : testPostings(context, call, bucket, rules);
          const writes = tests.map(({ write }) => write);
          await putDocument(context, bucket, notificationsDocument, rules, writes);
          for (const test of tests) test.applied();
        }
      } finally {
        context.buckets.changed(bucket);
      }
      return { output: {} };
    },
    { bodyBytesMax: s3Limits.notificationDocumentBytesMax },
  );
}

export function getBucketNotification(context: S3Context): OperationRow<BucketInput, unknown> {
  return bucketRow<BucketInput>(
    context,
    'GetBucketNotificationConfiguration',
    's3:GetBucketNotification',
    (_call, { notifications = [] }) => ({ output: notificationMembers(notifications) }),
  );
}

/** @param skips nobody asks the destinations, but there must be somebody who has some. @throws InvalidArgument */
async function checkDestinations(
  context: S3Context,
  bucket: Bucket,
  rules: Notifications,
  skips: boolean,
): Promise<void> {
  const { targets } = context.outbox;
  const from = {
    sourceArn: bucketArn(bucket.name),
    sourceAccount: bucket.row.ownerAccountId,
    principal: eventPrincipal,
  };
  const asked = new Set<string>();
  for (const { arn, destination } of rules) {
    if (asked.has(arn)) continue;
    asked.add(arn);
    const outcome = targets === undefined ? 'absent' : skips ? 'ok' : await targets.check(arn, from);
    if (outcome !== 'ok') throw invalidDestination(arn, reasons[destination][outcome]);
  }
}

type Refusal = Exclude<Awaited<ReturnType<EventTargets['check']>>, 'ok'>;

const reasons: Record<Notifications[number]['destination'], Record<Refusal, string>> = {
  queue: {
    absent: 'The destination queue does not exist',
    forbidden:
      'Permissions on the destination queue do not allow S3 to publish notifications from this bucket',
  },
  function: {
    absent: 'The destination Lambda does not exist',
    forbidden: 'Not authorized to invoke function',
  },
};

/** One for each queue. */
function testPostings(
  context: S3Context,
  { requestId }: Call<PutInput>,
  bucket: Bucket,
  rules: Notifications,
): Posting[] {
  const nowMs = context.clock.now();
  const queues = rules.filter(({ destination }) => destination === 'queue');
  return [...new Set(queues.map(({ arn }) => arn))].map((targetArn) =>
    context.outbox.post(
      {
        targetArn,
        bucket: bucket.name,
        accountId: bucket.row.ownerAccountId,
        key: noBytes,
        createdMs: nowMs,
        traceId: '',
        body: testMessage(bucket.name, nowMs, requestId),
      },
      context.outbox.ticks.next(nowMs, 0),
    ),
  );
}
