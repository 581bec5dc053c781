import {
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { type Account, type AwsPort, createAwsPort, StaticCredentialStore } from '@hypergate/kit';
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
    { definitions: [service.aws!], s3Domains: [], region: 'us-east-1', systemRoutes: [] },
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
