/** A service that speaks as KMS does, asked by the SDK's own client over a socket: routing, values and errors of awsJson1.1. */
import {
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  GenerateRandomCommand,
  KMSClient,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AwsError, type AwsServiceDefinition, type OperationRow } from '../../definition.ts';
import { schemas } from '../../gen/kms.ts';
import { sha256OfByteString } from '../../sigv4/canonical.ts';
import { account, type Fixture, openFixture, send, signHead } from './fixture.ts';

// biome-ignore lint/suspicious/noExplicitAny: rows of different operations stand in one table
type Row = OperationRow<any, any>;
const resources = () => [{ arn: 'arn:aws:kms:::key/k', ownerAccountId: account.accountId }];

const rows: readonly Row[] = [
  {
    name: 'DescribeKey',
    action: 'kms:DescribeKey',
    resources,
    handle: async ({ input }) => {
      if (input.KeyId !== 'known')
        throw new AwsError('NotFoundException', 400, `Invalid keyId ${input.KeyId}`);
      return { output: { KeyMetadata: { KeyId: input.KeyId, CreationDate: new Date(1_790_000_000_123) } } };
    },
  },
  {
    name: 'Encrypt',
    action: 'kms:Encrypt',
    resources,
    handle: async ({ input }) => ({
      output: {
        KeyId: input.EncryptionContext?.purpose,
        CiphertextBlob: Buffer.from(input.Plaintext).reverse(),
      },
    }),
  },
  { name: 'DisableKey', action: 'kms:DisableKey', resources, handle: async () => ({ output: {} }) },
];

const definition: AwsServiceDefinition = {
  signingName: 'kms',
  protocol: 'awsJson1.1',
  targetPrefix: 'TrentService',
  requestIds: 'uuid',
  schemas,
  operations: rows,
};

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let fixture: Fixture;
const clients: KMSClient[] = [];
function clientWith(accessKeyId: string, secretAccessKey: string): KMSClient {
  const client = new KMSClient({
    endpoint: `http://127.0.0.1:${fixture.tcpPort}`,
    region: 'eu-central-1',
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  });
  clients.push(client);
  return client;
}
let client: KMSClient;
beforeAll(async () => {
  fixture = await openFixture({
    modules: { clock: { now: () => Date.now() } },
    port: { definitions: [definition] },
  });
  client = clientWith(account.accessKeyId, account.secretAccessKey);
});
afterAll(async () => {
  for (const one of clients) one.destroy();
  await fixture.close();
});

describe('the KMS client of the AWS SDK', () => {
  test('timestamps are epoch seconds with a fraction', async () => {
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: 'known' }));
    expect(KeyMetadata?.CreationDate?.getTime()).toBe(1_790_000_000_123);
  });
  test('blobs are base64 both ways, maps are objects', async () => {
    const Plaintext = Uint8Array.of(0, 255, 16, 32);
    const answer = await client.send(
      new EncryptCommand({ KeyId: 'known', Plaintext, EncryptionContext: { purpose: 'ü' } }),
    );
    expect([...answer.CiphertextBlob!]).toEqual([32, 16, 255, 0]);
    expect(answer.KeyId).toBe('ü');
  });
  test('an operation without output is answered with nothing', async () => {
    const answer = await client.send(new DisableKeyCommand({ KeyId: 'known' }));
    expect(answer.$metadata.httpStatusCode).toBe(200);
  });
  test('every answer has a request id of its own, a UUID', async () => {
    const ids = new Set<string | undefined>();
    for (let call = 0; call < 300; call += 1) {
      const { $metadata } = await client.send(new DisableKeyCommand({ KeyId: 'known' }));
      expect($metadata.requestId).toMatch(uuid);
      ids.add($metadata.requestId);
    }
    expect(ids.size).toBe(300);
  });
  test('errors are the client’s classes, with a request id', async () => {
    const failure = client.send(new DescribeKeyCommand({ KeyId: 'gone' }));
    await expect(failure).rejects.toMatchObject({
      name: 'NotFoundException',
      message: 'Invalid keyId gone',
      $fault: 'client',
      $metadata: { httpStatusCode: 400, requestId: expect.stringMatching(uuid) },
    });
  });
  test.each([
    [new DescribeKeyCommand({ KeyId: undefined }), 'ValidationException', 400],
    [new CreateKeyCommand({}), 'NotImplementedException', 501],
    [new GenerateRandomCommand({}), 'NotImplementedException', 501],
  ])('what the service cannot do: %#', async (command, name, httpStatusCode) => {
    const failure = client.send(command as DescribeKeyCommand);
    await expect(failure).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
  });
  test.each([
    ['stranger', account.secretAccessKey, 'UnrecognizedClientException'],
    [account.accessKeyId, 'wrong', 'InvalidSignatureException'],
  ])('a caller who is not who it says: %s', async (accessKeyId, secret, name) => {
    const failure = clientWith(accessKeyId, secret).send(new DescribeKeyCommand({ KeyId: 'known' }));
    await expect(failure).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  });
});

describe('targets', () => {
  const type = 'application/x-amz-json-1.1';
  test.each([
    'TrentService.FrobnicateKey',
    'TrentService.constructor',
    'TrentService.',
    'OtherService.DescribeKey',
  ])('%s is no operation of KMS', async (target) => {
    const own = await openFixture({ port: { definitions: [definition] } });
    try {
      const headers = { 'content-type': type, 'x-amz-target': target };
      const signed = signHead({
        method: 'POST',
        path: '/',
        service: 'kms',
        headers,
        bodyHash: sha256OfByteString('{}'),
      });
      const answer = await send(own.tcpPort, {
        method: 'POST',
        target: '/',
        headers: signed.headers,
        body: '{}',
      });
      expect(answer.status).toBe(400);
      expect(answer.headers['content-type']).toBe(type);
      expect(answer.headers['x-amzn-errortype']).toBe('UnknownOperationException');
      expect(JSON.parse(answer.text)).toMatchObject({ __type: 'UnknownOperationException' });
    } finally {
      await own.close();
    }
  });
  test('nobody signed: the missing token has a name', async () => {
    const headers = { 'content-type': type, 'x-amz-target': 'TrentService.DescribeKey' };
    const answer = await send(fixture.tcpPort, { method: 'POST', target: '/', headers, body: '{}' });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
  });
});
