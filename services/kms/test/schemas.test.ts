import { encodeOutput } from '@hypergate/kit/aws/codec';
import { expect, it } from 'vitest';
import { keyMetadata } from '../engine/key-metadata.ts';
import type { KeyRecord } from '../engine/key-record.ts';
import { schemas } from '../model/schemas.ts';

const key: KeyRecord = {
  keyId: '00000000-0000-0000-0000-000000000001',
  account: '000000000000',
  region: 'us-east-1',
  spec: 'RSA_2048',
  usage: 'SIGN_VERIFY',
  origin: 'AWS_KMS',
  state: 'Enabled',
  description: '',
  createdMs: 0,
  policy: '',
  tags: [],
  aliases: [],
  versions: [],
  onDemandRotations: 0,
  grants: 0,
  dealer: true,
};
const definition = { signingName: 'kms', protocol: 'awsJson1.1', schemas, operations: [] } as const;

it.each([
  [true, 'dealer'],
  [false, 'distributed'],
])('says on the wire how a key came to be (dealer: %s)', (dealer, said) => {
  const output = { KeyMetadata: keyMetadata({ ...key, dealer }) };
  const reply = encodeOutput(definition, 'DescribeKey', { output }, { requestId: 'r', hostId: 'h' });
  expect(JSON.parse(String(reply.body)).KeyMetadata.KeyGeneration).toBe(said);
});
