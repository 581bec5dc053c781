/** A service that decides for itself who may do what, and records every call: what the port gives it. */
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Credential, rootPrincipal } from '../../credentials.ts';
import type { AwsServiceDefinition, Call, OperationRow } from '../../definition.ts';
import { schemas } from '../../gen/kms.ts';
import { sha256OfByteString } from '../../sigv4/canonical.ts';
import { account, type Fixture, nowMs, openFixture, send, signHead } from './fixture.ts';

const policies = [{ Version: '2012-10-17', Statement: [] }];
const credential: Credential = {
  secretAccessKey: account.secretAccessKey,
  principal: { ...rootPrincipal(account), kind: 'user' },
  identityPolicies: policies,
};
const heard: { readonly call: Call<unknown>; readonly error?: unknown }[] = [];

const row: OperationRow<{ KeyId: string }> = {
  name: 'DescribeKey',
  action: 'kms:DescribeKey',
  access: 'permissionless',
  keepsSignature: true,
  resources: () => [],
  undecoded: async (call, error) => void heard.push({ call, error }),
  handle: async (call) => {
    heard.push({ call });
    return { output: {} };
  },
};
const definition: AwsServiceDefinition = {
  signingName: 'kms',
  protocol: 'awsJson1.1',
  targetPrefix: 'TrentService',
  schemas,
  operations: [row],
};

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture({
    port: { definitions: [definition] },
    modules: { credentials: { lookup: () => credential } },
  });
});
afterAll(() => fixture.close());

test('the caller’s policies, and the condition keys of the request', async () => {
  const client = new KMSClient({
    endpoint: `http://127.0.0.1:${fixture.tcpPort}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: account.accessKeyId, secretAccessKey: account.secretAccessKey },
    maxAttempts: 1,
    systemClockOffset: nowMs - Date.now(),
  });
  await client.send(new DescribeKeyCommand({ KeyId: 'k' }));
  client.destroy();
  const { call, error } = heard.pop()!;
  expect(error).toBeUndefined();
  expect(call.identityPolicies).toBe(policies);
  expect(call.policyContext?.()).toMatchObject({
    'aws:CurrentTime': new Date(nowMs).toISOString(),
    'aws:SourceIp': '127.0.0.1',
    'aws:SecureTransport': 'false',
    'aws:RequestedRegion': 'eu-central-1',
    'aws:UserAgent': expect.stringContaining('aws-sdk-js'),
  });
});

test.each(['{', '{}', '[]', '{"KeyId":7}'])('a body that cannot be decoded: %s', async (body) => {
  const signed = signHead({
    method: 'POST',
    path: '/',
    service: 'kms',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.DescribeKey' },
    bodyHash: sha256OfByteString(body),
  });
  const { status } = await send(fixture.tcpPort, {
    method: 'POST',
    target: '/',
    headers: signed.headers,
    body,
  });
  expect(status).toBe(400);
  const { call, error } = heard.pop()!;
  expect(error).toBeInstanceOf(Error);
  expect(call.input).toEqual({});
  expect(Buffer.from(call.signed!.body!).toString()).toBe(body);
});
