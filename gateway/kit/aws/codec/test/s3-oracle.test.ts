import * as sdk from '@aws-sdk/client-s3';
import { describe, it } from 'vitest';
import { schemas } from '../../gen/s3.ts';
import { checkReply, checkRequest, type Oracle, SEEDS } from './oracle.ts';

/** Not routed, with the reason. */
const UNROUTED: Readonly<Record<string, string>> = {
  ListDirectoryBuckets: 'the route of ListBuckets, at the host of another service',
  WriteGetObjectResponse: 'lives at a host of its own, chosen by a host prefix',
};
const discriminators = { ListDirectoryBuckets: 'unrouted', WriteGetObjectResponse: 'unrouted' } as const;
/** Outputs that the client does not parse into values to compare. */
const OUTPUT_SKIPPED: Readonly<Record<string, string>> = {
  SelectObjectContent: 'the output is an event stream',
};

const oracle: Oracle = {
  definition: {
    signingName: 's3',
    protocol: 'restXml',
    schemas,
    operations: [],
    discriminators,
  },
  sdk,
  client: 'S3Client',
  settings: {
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  },
  inputOverride: (name, member, shape) => {
    if (name === 'Bucket' && member.location === 'label') return 'bucket-name';
    if (name === 'CopySource') return 'source/key';
    if (name === 'RequestRoute') return 'route';
    // The client computes or checks these itself.
    if (/^Checksum|^ExpectedBucketOwner$|SSECustomer|^Content(Length|MD5|Encoding)$/.test(name)) return null;
    if (shape.type === 'streaming' && member.location !== 'payload') return null;
    return undefined;
  },
  outputOverride: (name) => {
    if (name === 'ContentLength') return 5;
    // Without a body the client takes a copy's 200 for a failure.
    if (/^Copy(Object|Part)Result$/.test(name)) return { ETag: '"e"' };
    return /^Checksum|^Expires(String)?$/.test(name) ? null : undefined;
  },
};

describe('S3 client as oracle', () => {
  const operations = Object.keys(schemas.operations);
  it.each(operations.filter((name) => !(name in UNROUTED)))(
    '%s: requests are routed and decoded to the input',
    async (name) => {
      for (const seed of SEEDS) await checkRequest(oracle, name, seed);
    },
  );
  it.each(operations.filter((name) => !(name in OUTPUT_SKIPPED)))(
    '%s: replies are parsed to the output',
    async (name) => {
      for (const seed of SEEDS) await checkReply(oracle, name, seed);
    },
  );
});
