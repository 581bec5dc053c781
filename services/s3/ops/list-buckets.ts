/** ListBuckets: the caller's account, in order of names, with paging and filters. */
import type { Call, OperationRow, Reply } from '@hypergate/kit';
import { textOf, utf8 } from '../engine/bytes.ts';
import { invalidArgument } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import { decodeBucketListing } from '../model/bucket.ts';
import type { S3Context } from '../store/context.ts';
import { decodeToken, encodeToken } from '../wire/continuation-token.ts';
import { encodeListBuckets, type ListedBucket } from '../wire/list-buckets.ts';
import { xmlReply } from './common.ts';

interface Input {
  readonly MaxBuckets?: number;
  readonly ContinuationToken?: string;
  readonly Prefix?: string;
  readonly BucketRegion?: string;
}

export function listBuckets(context: S3Context): OperationRow<Input, unknown> {
  return {
    name: 'ListBuckets',
    action: 's3:ListAllMyBuckets',
    resources: ({ principal }) => [{ arn: 'arn:aws:s3:::*', ownerAccountId: principal.accountId }],
    handle: (call) => handle(context, call),
  };
}

async function handle(context: S3Context, call: Call<Input>): Promise<Reply<unknown>> {
  const { input, principal } = call;
  const limit = limitOf(input.MaxBuckets);
  const after = afterOf(input.ContinuationToken);
  const buckets: ListedBucket[] = [];
  let next: string | undefined;
  let from = after;
  // Filtering by region may need more than one stretch of the index for a page.
  for (;;) {
    const found = await context.buckets.owned(principal.accountId, {
      prefix: input.Prefix ?? '',
      after: from,
      limit: limit + 1,
    });
    for (const { name, projection } of found) {
      const { createdMs, region } = decodeBucketListing(projection);
      from = name;
      if (input.BucketRegion !== undefined && input.BucketRegion !== region) continue;
      if (buckets.length === limit) {
        next = buckets.at(-1)!.name;
        break;
      }
      buckets.push({ name, createdMs, region });
    }
    if (next !== undefined || found.length <= limit) break;
  }
  const paged = input.MaxBuckets !== undefined || input.ContinuationToken !== undefined;
  return xmlReply(
    encodeListBuckets({
      owner: { id: principal.userId, displayName: principal.displayName },
      buckets,
      showRegions: paged || input.Prefix !== undefined || input.BucketRegion !== undefined,
      prefix: input.Prefix,
      continuationToken: next === undefined ? undefined : encodeToken(utf8(next)),
    }),
  );
}

/** @throws InvalidArgument */
function limitOf(asked: number | undefined): number {
  const most = s3Limits.bucketPageEntriesMax;
  if (asked === undefined) return most;
  if (asked >= 1 && asked <= most) return asked;
  throw invalidArgument(
    `Argument max-buckets must be an integer between 1 and ${most}`,
    'max-buckets',
    String(asked),
  );
}

/** @throws InvalidArgument */
function afterOf(token: string | undefined): string | undefined {
  if (token === undefined || token === '') return undefined;
  const name = decodeToken(token);
  if (name !== undefined) return textOf(name);
  throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', token);
}
