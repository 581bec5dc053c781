/** A port whose operations keep what was signed, and what real clients sign. */

import { StaticCredentialStore } from '../../credentials.ts';
import type { AwsServiceDefinition, OperationRow } from '../../definition.ts';
import { schemas as kmsSchemas } from '../../gen/kms.ts';
import { schemas as s3Schemas } from '../../gen/s3.ts';
import { schemas as stsSchemas } from '../../gen/sts.ts';
import { account, type Fixture, type FixtureOptions, openFixture } from '../../port/test/fixture.ts';
import type { SignedCall } from '../call.ts';

// biome-ignore lint/suspicious/noExplicitAny: rows of different operations stand in one table
type Row = OperationRow<any, any>;

export const credentials = new StaticCredentialStore([account]);
const resources = () => [{ arn: 'arn:aws:test:::x', ownerAccountId: account.accountId }];

export interface Capture {
  readonly fixture: Fixture;
  /** Of each call that a handler got, in order; undefined where its operation did not ask. */
  readonly calls: (SignedCall | undefined)[];
}

export async function openCapture(options: FixtureOptions['port'] = {}): Promise<Capture> {
  const calls: Capture['calls'] = [];
  const row = (name: string, output: object, extra: Partial<Row> = {}): Row => ({
    name,
    action: `test:${name}`,
    resources,
    keepsSignature: true,
    handle: async (call) => {
      calls.push(call.signed);
      if (extra.streaming === true) for await (const _ of call.body.chunks());
      return { output };
    },
    ...extra,
  });
  const { keepsSignature: _, ...describe } = row('DescribeKey', { KeyMetadata: { KeyId: 'k' } });
  const definitions: AwsServiceDefinition[] = [
    {
      signingName: 'kms',
      protocol: 'awsJson1.1',
      targetPrefix: 'TrentService',
      schemas: kmsSchemas,
      operations: [row('Sign', { KeyId: 'k' }), describe],
    },
    {
      signingName: 's3',
      protocol: 'restXml',
      schemas: s3Schemas,
      operations: [
        row('PutObject', { ETag: '"e"' }, { streaming: true }),
        row('GetObject', { ETag: '"e"', ContentLength: 0, Body: new Uint8Array(0) }),
        row('DeleteObjects', { Deleted: [] }),
      ],
      discriminators: { ListDirectoryBuckets: 'unrouted', WriteGetObjectResponse: 'unrouted' },
    },
    {
      signingName: 'sts',
      protocol: 'query',
      queryVersion: '2011-06-15',
      schemas: stsSchemas,
      operations: [row('GetCallerIdentity', { Account: 'a' })],
    },
  ];
  const fixture = await openFixture({
    modules: { clock: { now: () => Date.now() }, credentials },
    port: { definitions, ...options },
  });
  return { fixture, calls };
}
