/** Packages as users build them: layers, links and modes, sizes, code from buckets; and what is refused. */
import {
  GetFunctionCommand,
  PublishLayerVersionCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { defaultIdentity } from '../../lib/gateway.ts';
import { zip } from '../../lib/zip.ts';
import { lambdaSuite } from './suite.ts';

const suite = lambdaSuite();

const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing was refused',
    (error: Error) => `${error.name}: ${error.message}`,
  );

test('layers stand under /opt, later ones above earlier ones, and their packages are found', async () => {
  const publish = async (LayerName: string, files: Record<string, string>): Promise<string> => {
    const { LayerVersionArn = '' } = await suite.lambda.send(
      new PublishLayerVersionCommand({ LayerName, Content: { ZipFile: zip(files) } }),
    );
    return LayerVersionArn;
  };
  const below = await publish('below', {
    'nodejs/node_modules/greet/index.js': 'module.exports = "hello from a layer";',
    'nodejs/node22/node_modules/part/package.json': '{"type":"module","exports":"./part.js"}',
    'nodejs/node22/node_modules/part/part.js': 'export const part = "for this runtime";',
    'shared.txt': 'below',
    'only-below.txt': 'there',
  });
  const above = await publish('above', { 'shared.txt': 'above' });
  await suite.make(
    'layered',
    {
      'index.js': `const { readFileSync } = require('node:fs');
        exports.handler = async () => [require('greet'), ...['shared.txt', 'only-below.txt'].map((name) => readFileSync('/opt/' + name, 'utf8'))];`,
    },
    { Layers: [below, above] },
  );
  await suite.make(
    'layered-module',
    'import { part } from "part"; export const handler = async () => part;',
    {
      Layers: [below, above],
      Runtime: 'nodejs22.x',
    },
  );
  expect((await suite.invoke('layered-module', {})).value).toBe('for this runtime');
  expect((await suite.invoke('layered', {})).value).toEqual(['hello from a layer', 'above', 'there']);
});

test('links and modes of a zip file are those of the files', async () => {
  const package_ = zip([
    {
      name: 'index.mjs',
      data: `import { readFileSync, lstatSync, accessSync, constants } from 'node:fs';
        export const handler = async () => {
          accessSync('/var/task/run.sh', constants.X_OK);
          return [readFileSync('/var/task/link.txt', 'utf8'), lstatSync('/var/task/link.txt').isSymbolicLink(), (lstatSync('/var/task/run.sh').mode & 0o111) !== 0, (lstatSync('/var/task/plain.txt').mode & 0o111) !== 0];
        };`,
    },
    { name: 'plain.txt', data: 'plain', mode: 0o600 },
    { name: 'run.sh', data: '#!/bin/sh\n', mode: 0o755 },
    { name: 'link.txt', data: 'plain.txt', mode: 0o120777 },
  ]);
  await suite.make('linked', package_);
  expect((await suite.invoke('linked', {})).value).toEqual(['plain', true, true, false]);
});

test('code comes from a bucket, and goes back to who asks for it', async () => {
  const { accessKeyId, secretAccessKey, region } = defaultIdentity;
  const s3 = new S3Client({
    endpoint: suite.target.endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
  });
  const Body = zip({ 'index.mjs': 'export const handler = async () => "from a bucket";' });
  await s3.send(new CreateBucketCommand({ Bucket: 'code' }));
  await s3.send(new PutObjectCommand({ Bucket: 'code', Key: 'a folder/ü.zip', Body }));
  s3.destroy();
  await suite.make('bucketed', 'unused', { Code: { S3Bucket: 'code', S3Key: 'a folder/ü.zip' } });
  expect((await suite.invoke('bucketed', {})).value).toBe('from a bucket');
  const { Code } = await suite.lambda.send(new GetFunctionCommand({ FunctionName: 'bucketed' }));
  const location = new URL(Code?.Location ?? '');
  // By its address alone, which every client reaches.
  expect(Buffer.from(await (await fetch(location)).arrayBuffer()).equals(Body)).toBe(true);
  const forged = new URL(location);
  forged.pathname = `${location.pathname.slice(0, -1)}${location.pathname.endsWith('A') ? 'B' : 'A'}`;
  expect((await fetch(forged)).status).toBe(403);
  expect(
    await refusal(
      suite.lambda.send(
        new UpdateFunctionCodeCommand({ FunctionName: 'bucketed', S3Bucket: 'code', S3Key: 'absent' }),
      ),
    ),
  ).toMatch(/^InvalidParameterValueException: Error occurred while GetObject\. S3 Error Code: NoSuchKey/);
});

test.each([
  ['no zip file', Buffer.from('PK is not enough'), /unzip/],
  ['a path that leads out', zip([{ name: '../../etc/cron.d/x', data: 'x' }]), /unzip/],
  ['an absolute path', zip([{ name: '/etc/cron.d/x', data: 'x' }]), /unzip/],
  ['a link that leads out', zip([{ name: 'link', data: '../../..', mode: 0o120777 }]), /unzip/],
  ['a device', zip([{ name: 'null', data: '', mode: 0o020666 }]), /unzip/],
  [
    'more than 250 MB unpacked',
    zip([0, 1, 2].map((i) => ({ name: `zeros-${i}`, data: Buffer.alloc(88 << 20) }))),
    /Unzipped size must be smaller than 262144000 bytes/,
  ],
])('%s is refused', async (_what, package_, message) => {
  expect(await refusal(suite.make('refused', package_))).toMatch(message);
});

test('functions hold 6 MB each way, and no more', async () => {
  await suite.make(
    'sizes',
    'export const handler = async ({ bytes, text }) => bytes === undefined ? text.length : "x".repeat(bytes);',
  );
  const most = 6 * 1024 * 1024;
  expect((await suite.invoke('sizes', { text: 'x'.repeat(most - 20) })).value).toBe(most - 20);
  expect(await refusal(suite.invoke('sizes', { text: 'x'.repeat(most) }))).toMatch(
    /^RequestTooLargeException: Request must be smaller than 6291456 bytes for the InvokeFunction operation/,
  );
  expect((await suite.invoke('sizes', { bytes: most - 100 })).value).toHaveLength(most - 100);
  const { error, value } = await suite.invoke('sizes', { bytes: most + 1000 });
  expect(error).toBe('Unhandled');
  expect(value).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' });
});
