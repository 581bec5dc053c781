/** What a custodian takes for a call that a service makes for its caller, and every lie about one that it refuses. */
import { describe, expect, test } from 'vitest';
import type { CallFacts } from '../authority/index.ts';
import { checkViaCall } from '../authority/via-service.ts';
import type { AuditRow } from '../model/audit.ts';
import { readVia, type ViaCall, viaParameters } from '../model/via.ts';
import { otherAccount, region, root, rootOf, startMs } from './support/world.ts';

const arn = 'arn:aws:s3:::album/a photo';

interface Told {
  readonly row?: Partial<AuditRow>;
  readonly via?: Partial<ViaCall>;
  readonly facts?: Partial<CallFacts>;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function check({ row = {}, via = {}, facts = {}, method = 'PUT', path, headers = {} }: Told = {}) {
  const call: ViaCall = { service: 's3', operation: 'PutObject', context: { 'aws:s3:arn': arn }, ...via };
  const recorded: AuditRow = {
    timeMs: startMs,
    requestId: 'r',
    operation: 'GenerateDataKey',
    principalArn: root.arn,
    account: root.accountId,
    accessKeyId: root.accessKeyId,
    region,
    keyIds: [],
    callHash: new Uint8Array(32),
    context: [],
    parameters: viaParameters(call),
    resubmission: false,
    ...row,
  };
  const all: Readonly<Record<string, string>> = { host: 's3.example:8000', ...headers };
  const known: CallFacts = {
    principal: root,
    identityPolicies: [],
    signingName: 's3',
    region,
    signedAtMs: startMs,
    operation: '',
    input: undefined,
    request: { method, rawPath: path ?? '/album/a%20photo', header: (name) => all[name] },
    ...facts,
  };
  const options = { region, s3Domains: ['s3.example'], nowMs: startMs };
  return checkViaCall(recorded, readVia(recorded.parameters)!, known, options);
}

function refusalOf(told: Told): string {
  try {
    return `accepted: ${check(told).operation}`;
  } catch (error) {
    if (!(error instanceof Error) || !('reason' in error)) throw error;
    return `${String(error.reason)}: ${error.message}`;
  }
}

describe('what S3 asks for', () => {
  test('is a data key for an object that is written', () => {
    const { operation, input, caller } = check({ via: { keyId: 'alias/a' } });
    expect([operation, input]).toEqual([
      'GenerateDataKey',
      { KeyId: 'alias/a', KeySpec: 'AES_256', EncryptionContext: { 'aws:s3:arn': arn } },
    ]);
    expect(caller).toMatchObject({ principal: root, region, via: 's3' });
    expect(caller.context).toEqual({
      'aws:CurrentTime': new Date(startMs).toISOString(),
      'aws:EpochTime': String(startMs / 1000),
      'aws:RequestedRegion': region,
      'kms:ViaService': `s3.${region}.amazonaws.com`,
      'aws:ViaAWSService': 'true',
    });
  });

  test.each([
    ['PUT', 'GenerateDataKey', true],
    ['PUT', 'Decrypt', true],
    ['PUT', 'CreateKey', true],
    ['POST', 'GenerateDataKey', true],
    ['POST', 'Decrypt', true],
    ['GET', 'Decrypt', true],
    ['GET', 'GenerateDataKey', false],
    ['GET', 'CreateKey', false],
    ['HEAD', 'Decrypt', false],
    ['DELETE', 'Decrypt', false],
    ['PUT', 'Encrypt', false],
    ['PUT', 'ScheduleKeyDeletion', false],
    ['PUT', 'Nothing', false],
  ])('%s and %s: %s', (method, operation, isAllowed) => {
    const refusal = refusalOf({ method, row: { operation } });
    expect(refusal.startsWith('accepted')).toBe(isAllowed);
  });

  test.each([
    ['/album/a%20photo', 's3.example', arn, true],
    ['/album/a%20photo', 's3.example', 'arn:aws:s3:::album', true],
    ['/a%20photo', 'album.s3.example', arn, true],
    ['/a%20photo', 'album.s3.example:9000', 'arn:aws:s3:::album', true],
    ['/album/a%20photo', 'album.s3.example', arn, false],
    ['/album/a%20photo', 's3.example', 'arn:aws:s3:::album/a', false],
    ['/album/a%20photo', 's3.example', 'arn:aws:s3:::album/a%20photo', false],
    ['/album/a%20photo', 's3.example', 'arn:aws:s3:::alb', false],
    ['/album/', 's3.example', 'arn:aws:s3:::album', false],
    ['/album', 's3.example', 'arn:aws:s3:::album', false],
    ['/', 's3.example', 'arn:aws:s3:::', false],
    ['//x', 's3.example', 'arn:aws:s3:::/x', false],
    ['/album/%ff', 's3.example', 'arn:aws:s3:::album', false],
    ['/album/x', 's3.example', '*', false],
  ])('%s at %s is about %s: %s', (path, host, named, isAllowed) => {
    const refusal = refusalOf({ path, headers: { host }, via: { context: { 'aws:s3:arn': named } } });
    expect(refusal.startsWith('accepted')).toBe(isAllowed);
  });

  test('of a copy is the source’s key too, and only to be opened', () => {
    const source = { 'x-amz-copy-source': '/from/k%2B?versionId=v' };
    for (const named of ['arn:aws:s3:::from/k+', 'arn:aws:s3:::from']) {
      const told = { headers: source, via: { context: { 'aws:s3:arn': named } } };
      expect(refusalOf({ ...told, row: { operation: 'Decrypt' } })).toBe('accepted: Decrypt');
      expect(refusalOf(told)).toBe('refused: the call is about another object');
      expect(refusalOf({ ...told, headers: {}, row: { operation: 'Decrypt' } })).toContain('another object');
    }
  });
});

test.each<[string, Told, string]>([
  ['another service', { via: { service: 'ec2' } }, 'ec2 is no service that calls for its callers'],
  ['a call to KMS itself', { facts: { signingName: 'kms' } }, 'signed for another service or region'],
  ['another region of the call', { facts: { region: 'eu-west-1' } }, 'signed for another service or region'],
  ['another region of the record', { row: { region: 'eu-west-1' } }, 'the record is of another region'],
  ['another caller', { facts: { principal: rootOf(otherAccount) } }, 'the record is of another caller'],
  ['an address that nobody signed', { row: { context: [['aws:SourceIp', '::1']] } }, 'may not say where'],
  ['no request', { facts: { request: undefined as never } }, 'none for which this is asked'],
  ['no context', { via: { context: undefined } }, 'the call is about another object'],
])('a record that tells %s is refused', (_, told, message) => {
  expect(refusalOf(told)).toMatch(/^refused: /);
  expect(refusalOf(told)).toContain(message);
});

test('who did not sign, where that is allowed, may use services too', () => {
  const unsigned = { signedAtMs: undefined, signingName: '', region: '' };
  expect(refusalOf({ facts: unsigned })).toBe('accepted: GenerateDataKey');
});

describe('what a record repeats of a request', () => {
  const via: ViaCall = {
    service: 's3',
    operation: 'GetObject',
    keyId: 'k',
    context: { b: '1', a: '"' },
    ciphertext: Uint8Array.of(0, 255),
  };

  test('comes back', () => {
    expect(readVia(viaParameters(via))).toEqual(via);
    const bytes =
      '{"via":"s3","operation":"GetObject","KeyId":"k","EncryptionContext":{"b":"1","a":"\\""},"CiphertextBlob":"00ff"}';
    expect(viaParameters(via)).toBe(bytes);
  });

  test.each([
    '',
    'null',
    '[]',
    '{}',
    '{"KeyId":"k","EncryptionContext":{}}',
    '{"via":"s3"}',
    '{"via":1,"operation":"x"}',
    '{"via":"s3","operation":"x","more":1}',
    '{"via":"s3","operation":"x","CiphertextBlob":"0"}',
    '{"via":"s3","operation":"x","EncryptionContext":{"a":1}}',
    '{"via":"s3","operation":"x","EncryptionContext":["a"]}',
    '{"via":"s3","operation":"x","KeyId":null}',
  ])('%s is none', (text) => expect(readVia(text)).toBeUndefined());
});
