import { Agent } from 'node:https';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketOwnershipControlsCommand,
  GetBucketLocationCommand,
  GetBucketOwnershipControlsCommand,
  HeadBucketCommand,
  PutBucketOwnershipControlsCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { freshBucketName, refusal } from '../../lib/sdk.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite({ tls: true });
const Key = 'a b/ü';
const encoded = 'a%20b/%C3%BC';

/** Names under `.localhost` are not resolved everywhere: connections go to 127.0.0.1 whatever the name. */
function toLoopback(
  _name: string,
  options: { all?: boolean },
  done: (error: null, address: unknown, family?: number) => void,
): void {
  if (options.all === true) done(null, [{ address: '127.0.0.1', family: 4 }]);
  else done(null, '127.0.0.1', 4);
}

async function locationOf(client: S3Client, Bucket: string): Promise<string | undefined> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const { ETag } = await client.send(
    new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'x' }),
  );
  const Parts = [{ PartNumber: 1, ETag }];
  const done = await client.send(
    new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
  );
  return done.Location;
}

test('a completed upload says where its object is, in the form and scheme of the request', async () => {
  const { host, port, ca } = suite.target;
  const plain = suite.client({ endpoint: `http://${host}:${port}` });
  const Bucket = freshBucketName();
  await plain.send(new CreateBucketCommand({ Bucket }));
  expect(await locationOf(plain, Bucket)).toBe(`http://${host}:${port}/${Bucket}/${encoded}`);
  const secure = suite.client({
    endpoint: `https://s3.localhost:${port}`,
    forcePathStyle: false,
    requestHandler: { httpsAgent: new Agent({ ca, lookup: toLoopback } as object) },
  });
  const virtual = `${Bucket}.s3.localhost:${port}`;
  expect(await locationOf(secure, Bucket)).toBe(`https://${virtual}/${encoded}`);
});

test('a proxy is not believed about the scheme', async () => {
  const { host, port } = suite.target;
  const Bucket = freshBucketName();
  const plain = suite.client({ endpoint: `http://${host}:${port}` });
  await plain.send(new CreateBucketCommand({ Bucket }));
  plain.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers['x-forwarded-proto'] = 'https';
      return next(args);
    },
    { step: 'build' },
  );
  expect(await locationOf(plain, Bucket)).toMatch(/^http:/);
});

test('a bucket says its region, and nothing where the region has no name', async () => {
  const { host, port } = suite.target;
  const client = suite.client({ endpoint: `http://${host}:${port}` });
  const [here, there] = [freshBucketName(), freshBucketName()];
  await client.send(new CreateBucketCommand({ Bucket: here }));
  await client.send(
    new CreateBucketCommand({
      Bucket: there,
      CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' },
    }),
  );
  const location = async (Bucket: string) =>
    (await client.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint;
  expect(await location(here)).toBeUndefined();
  expect(await location(there)).toBe('eu-central-1');
  expect((await client.send(new HeadBucketCommand({ Bucket: there }))).BucketRegion).toBe('eu-central-1');
});

test('ownership controls are kept and shown', async () => {
  const { host, port } = suite.target;
  const client = suite.client({ endpoint: `http://${host}:${port}` });
  const Bucket = freshBucketName();
  await client.send(new CreateBucketCommand({ Bucket, ObjectOwnership: 'BucketOwnerPreferred' }));
  const shown = async () =>
    (await client.send(new GetBucketOwnershipControlsCommand({ Bucket }))).OwnershipControls?.Rules;
  expect(await shown()).toEqual([{ ObjectOwnership: 'BucketOwnerPreferred' }]);
  const Rules = [{ ObjectOwnership: 'BucketOwnerEnforced' as const }];
  await client.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: { Rules } }));
  expect(await shown()).toEqual(Rules);
  await client.send(new DeleteBucketOwnershipControlsCommand({ Bucket }));
  expect(await refusal(shown())).toEqual({ code: 'OwnershipControlsNotFoundError', status: 404 });
});
