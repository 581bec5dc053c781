import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import {
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import {
  type Account,
  type AwsPort,
  awsDefinitions,
  createAwsPort,
  StaticCredentialStore,
} from '@hypergate/kit';
import { HttpRequest } from '@smithy/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';
import pino from 'pino';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createService } from '../index.ts';

const account: Account = {
  accountId: '000000000000',
  userId: 'canonical',
  displayName: 'root',
  email: 'root@example.com',
  accessKeyId: 'test',
  secretAccessKey: 'test',
};
const logger = pino({ level: 'silent' });
const metrics = new Registry();
const clock = { now: () => Date.now() };
const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };

class Sha256 {
  readonly #hash: Hash | Hmac;
  constructor(secret?: unknown) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array);
  }
  update(data: Uint8Array): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

let port: AwsPort;
let endpoint: string;
beforeAll(async () => {
  const service = createService({
    node: undefined,
    tables: undefined,
    logger,
    metrics,
    clock,
    random,
    settings: {
      region: 'us-east-1',
      rootAccountId: account.accountId,
      accounts: [account],
      s3Domains: [],
      lifecycleDayMs: 86_400_000,
      dataDir: '',
    },
  });
  await service.start();
  port = await createAwsPort(
    { definitions: awsDefinitions(service), s3Domains: [], region: 'us-east-1', systemRoutes: [] },
    { credentials: new StaticCredentialStore([account]), logger, metrics, clock, random },
  );
  endpoint = `http://127.0.0.1:${await port.listen({ host: '127.0.0.1', port: 0 })}`;
});
afterAll(() => port.close());

const client = (secretAccessKey = 'test') =>
  new STSClient({
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey },
    maxAttempts: 1,
  });

describe('the STS client of the AWS SDK', () => {
  test('learns who it is', async () => {
    const identity = await client().send(new GetCallerIdentityCommand({}));
    expect(identity).toMatchObject({
      UserId: '000000000000',
      Account: '000000000000',
      Arn: 'arn:aws:iam::000000000000:root',
    });
  });
  test('learns whose key one is', async () => {
    const info = await client().send(new GetAccessKeyInfoCommand({ AccessKeyId: 'test' }));
    expect(info.Account).toBe('000000000000');
    await expect(client().send(new GetAccessKeyInfoCommand({ AccessKeyId: 'nobody' }))).rejects.toMatchObject(
      {
        name: 'ValidationError',
      },
    );
  });
  test('is refused with a wrong secret', async () => {
    await expect(client('wrong').send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
      $metadata: { httpStatusCode: 403 },
    });
  });
  test('hears that other actions are not built', async () => {
    await expect(client().send(new GetSessionTokenCommand({}))).rejects.toMatchObject({
      name: 'NotImplemented',
      $metadata: { httpStatusCode: 501 },
    });
  });
  test('answers a presigned GET, as cluster logins send it', async () => {
    const signer = new SignatureV4({
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      region: 'eu-central-1',
      service: 'sts',
      sha256: Sha256,
    });
    const { hostname, port: tcpPort } = new URL(endpoint);
    const signed = await signer.presign(
      new HttpRequest({
        method: 'GET',
        path: '/',
        query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
        headers: { host: `${hostname}:${tcpPort}`, 'x-k8s-aws-id': 'cluster' },
      }),
      { expiresIn: 60, unhoistableHeaders: new Set(['x-k8s-aws-id']) },
    );
    const query = new URLSearchParams(signed.query as Record<string, string>);
    const answer = await fetch(`${endpoint}/?${query}`, { headers: { 'x-k8s-aws-id': 'cluster' } });
    expect([answer.status, await answer.text()]).toEqual([
      200,
      expect.stringContaining('<Account>000000000000<'),
    ]);
    const other = await fetch(`${endpoint}/?${query}`, { headers: { 'x-k8s-aws-id': 'another' } });
    expect(other.status).toBe(403);
  });
  test('unknown actions and missing actions', async () => {
    for (const [body, code] of [
      ['Action=Nothing&Version=2011-06-15', 'InvalidAction'],
      ['Version=2011-06-15', 'MissingAction'],
    ] as const) {
      const answer = await fetch(endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
      });
      expect([answer.status, (await answer.text()).includes(`<Code>${code}</Code>`)]).toEqual([400, true]);
    }
  });
});
