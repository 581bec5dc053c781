/** What the port kept of calls that real clients signed is checked again, and found changed wherever it is. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { DescribeKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { DeleteObjectsCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeJsonInput, routeTarget } from '../../codec/index.ts';
import type { CredentialStore } from '../../credentials.ts';
import { schemas as kmsSchemas } from '../../gen/kms.ts';
import { account, send } from '../../port/test/fixture.ts';
import {
  accessKeyId,
  secretAccessKey,
  signedAt,
  signWithAws4,
  signWithSmithy,
} from '../../sigv4/test/signers.ts';
import type { SignedCall } from '../call.ts';
import {
  decodeSignedCall,
  encodeSignedCall,
  SignatureFailure,
  SigningKeyCache,
  type VerifySignedCallOptions,
  verifySignedCall,
} from '../index.ts';
import { type Capture, credentials, openCapture } from './captured.ts';

let capture: Capture;
let kms: KMSClient;
let s3: S3Client;
let sts: STSClient;
beforeAll(async () => {
  capture = await openCapture();
  const settings = {
    endpoint: `http://127.0.0.1:${capture.fixture.tcpPort}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: account.accessKeyId, secretAccessKey: account.secretAccessKey },
    maxAttempts: 1,
  };
  kms = new KMSClient(settings);
  s3 = new S3Client({ ...settings, forcePathStyle: true });
  sts = new STSClient(settings);
});
afterAll(async () => {
  for (const client of [kms, s3, sts]) client.destroy();
  await capture.fixture.close();
});

const clock = { now: () => Date.now() };
const keys = new SigningKeyCache();
const verify = (call: SignedCall, extra: Partial<VerifySignedCallOptions> = {}) =>
  verifySignedCall(call, { credentials, clock, keys, ...extra });
const verified = (call: SignedCall, withBody = true) =>
  verify(decodeSignedCall(encodeSignedCall(call, { withBody })));

async function kept(work: Promise<unknown>): Promise<SignedCall> {
  capture.calls.length = 0;
  await work;
  expect(capture.calls).toHaveLength(1);
  return capture.calls[0]!;
}

async function failure(call: SignedCall, extra: Partial<VerifySignedCallOptions> = {}): Promise<string> {
  const error = await verify(call, extra).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) return 'taken';
  expect(error).toBeInstanceOf(SignatureFailure);
  return (error as SignatureFailure).reason.kind;
}

const signCommand = () =>
  new SignCommand({ KeyId: 'alias/ü', Message: Buffer.from('m'), SigningAlgorithm: 'ECDSA_SHA_256' });
const signedKms = () => kept(kms.send(signCommand()));

describe('calls of KMS', () => {
  it('are checked again, with the body or with its hash alone', async () => {
    const call = await signedKms();
    const found = await verified(call);
    expect(found.principal).toEqual(credentials.lookup(account.accessKeyId)?.principal);
    expect([found.signingName, found.region, found.method]).toEqual(['kms', 'eu-central-1', 'POST']);
    expect(Math.abs(found.timeMs - Date.now())).toBeLessThan(60_000);
    const target = found.header('x-amz-target')!;
    const definition = { protocol: 'awsJson1.1', targetPrefix: 'TrentService', schemas: kmsSchemas } as const;
    expect(routeTarget(definition, target)).toBe('Sign');
    expect(decodeJsonInput(definition, 'Sign', found.body!)).toEqual({
      KeyId: 'alias/ü',
      Message: new Uint8Array(Buffer.from('m')),
      SigningAlgorithm: 'ECDSA_SHA_256',
    });
    const withheld = await verified(call, false);
    expect(withheld.body).toBeUndefined();
    expect(withheld.payloadHash).toBe(createHash('sha256').update(found.body!).digest('hex'));
  });

  it('are kept for operations that ask for it, and for no other', async () => {
    capture.calls.length = 0;
    await kms.send(new DescribeKeyCommand({ KeyId: 'k' }));
    expect(capture.calls).toEqual([undefined]);
  });

  it('hold what was signed and nothing else', async () => {
    const { headers } = await signedKms();
    const names = headers.map(([name]) => name);
    expect(names).toContain('x-amz-target');
    expect(names).toContain('authorization');
    expect(names).not.toContain('connection');
    const text = headers.find(([name]) => name === 'authorization')![1];
    const signed = /SignedHeaders=([^,]*)/.exec(text)![1]!.split(';');
    expect(names.filter((name) => name !== 'authorization').sort()).toEqual(signed.sort());
  });

  it('that were changed anywhere are refused', async () => {
    const call = await signedKms();
    expect(await failure(call)).toBe('taken');
    expect(await failure({ ...call, method: 'PUT' })).toBe('mismatch');
    for (const rawUrl of ['/x', '/?a=1', '/?X-Amz-Signature=0', '*', '/%zz'])
      expect(await failure({ ...call, rawUrl })).not.toBe('taken');
    for (const [index, [name, value]] of call.headers.entries()) {
      const without = call.headers.filter((_, at) => at !== index);
      expect(await failure({ ...call, headers: without }), name).not.toBe('taken');
      const position = Math.floor(value.length / 2);
      const code = value.charCodeAt(position) === 0x41 ? 'B' : 'A';
      const other = value.slice(0, position) + code + value.slice(position + 1);
      const headers = call.headers.with(index, [name, other]);
      expect(await failure({ ...call, headers }), name).not.toBe('taken');
      const twice = [...call.headers, [name, value] as const];
      expect(await failure({ ...call, headers: twice }), name).not.toBe('taken');
    }
    const body = Buffer.from(call.body!);
    body[3]! ^= 1;
    expect(await failure({ ...call, body })).toBe('invalid-content-sha256');
    const payloadHash = createHash('sha256').update(body).digest('hex');
    expect(await failure({ ...call, body, payloadHash })).not.toBe('taken');
    for (const hash of ['UNSIGNED-PAYLOAD', 'x', '', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER']) {
      const { body: _, ...withheld } = call;
      expect(await failure({ ...withheld, payloadHash: hash }), hash).not.toBe('taken');
    }
  });

  it('with headers that nobody signed are refused', async () => {
    const call = await signedKms();
    for (const name of ['x-amz-meta', 'content-language', 'date', 'x-other']) {
      const headers = [...call.headers, [name, 'x'] as const];
      expect(await failure({ ...call, headers }), name).toBe('headers-not-signed');
    }
  });

  it('have a time, unless it is asked not to count', async () => {
    const call = await signedKms();
    const later = (ms: number) => ({ clock: { now: () => Date.now() + ms } });
    expect(await failure(call, later(14 * 60_000))).toBe('taken');
    expect(await failure(call, later(16 * 60_000))).toBe('skewed');
    expect(await failure(call, later(-16 * 60_000))).toBe('skewed');
    expect(await failure(call, { ...later(61_000), skewMs: 30_000 })).toBe('skewed');
    expect(await failure(call, { ...later(16 * 60_000), skewMs: 20 * 60_000 })).toBe('taken');
    expect(await failure(call, { ...later(1e12), skewMs: 'any time' })).toBe('taken');
  });

  it('of others are refused', async () => {
    const call = await signedKms();
    const known = credentials.lookup(account.accessKeyId)!;
    const store = (found: object | undefined): Partial<VerifySignedCallOptions> => ({
      credentials: { lookup: () => found } as CredentialStore,
    });
    expect(await failure(call, store(known))).toBe('taken');
    expect(await failure(call, store(undefined))).toBe('unknown-access-key');
    expect(await failure(call, store({ ...known, secretAccessKey: 'other' }))).toBe('mismatch');
    expect(await failure(call, store({ ...known, sessionToken: 'token' }))).toBe('unknown-token');
  });
});

describe('calls of other services and forms', () => {
  it('S3, header: a document with its hash', async () => {
    const command = new DeleteObjectsCommand({ Bucket: 'bucket', Delete: { Objects: [{ Key: 'a b' }] } });
    const found = await verified(await kept(s3.send(command)));
    expect([found.signingName, found.rawPath]).toEqual(['s3', '/bucket/']);
    expect(found.query.has('delete')).toBe(true);
    expect(Buffer.from(found.body!).toString()).toContain('<Key>a b</Key>');
  });

  it('S3, header: a streamed body is not part of the call, and fits it where its hash was signed', async () => {
    const body = Buffer.alloc(100_000, 'x');
    const command = new PutObjectCommand({ Bucket: 'bucket', Key: 'a//b/../ü~', Body: body });
    const call = await kept(s3.send(command));
    expect(call.body).toBeUndefined();
    const found = await verified(call);
    expect(found.payloadHash).toBe(createHash('sha256').update(body).digest('hex'));
    expect(found.rawPath).toContain('/bucket/a//b/../');
    expect(await failure({ ...call, body })).toBe('taken');
    expect(await failure({ ...call, body: body.subarray(1) })).toBe('invalid-content-sha256');
  });

  it('S3, header: the signature covers no body that comes in chunks', async () => {
    const body = Buffer.alloc(100_000, 'x');
    const [Body, ContentLength] = [Readable.from([body]), body.length];
    const command = new PutObjectCommand({ Bucket: 'bucket', Key: 'k', Body, ContentLength });
    const call = await kept(s3.send(command));
    expect((await verified(call)).payloadHash).toBe('STREAMING-UNSIGNED-PAYLOAD-TRAILER');
    expect(await failure({ ...call, body })).toBe('invalid-content-sha256');
  });

  it('S3, presigned: parameters stand for headers', async () => {
    const command = new PutObjectCommand({ Bucket: 'bucket', Key: 'k', Metadata: { color: 'blue' } });
    const url = await getSignedUrl(s3, command, { expiresIn: 60 });
    const call = await kept(fetch(url, { method: 'PUT', body: 'presigned' }));
    expect(call.headers.map(([name]) => name)).toEqual(['host']);
    const found = await verified(call);
    expect(found.payloadHash).toBe('UNSIGNED-PAYLOAD');
    expect(found.header('x-amz-meta-color')).toBe('blue');
    expect(found.header('x-amz-signature')).toBeUndefined();
    const { rawUrl } = call;
    for (const other of [
      rawUrl.replace('blue', 'red'),
      rawUrl.replace('/k?', '/l?'),
      rawUrl.replace('X-Amz-Expires=60', 'X-Amz-Expires=61'),
      `${rawUrl}&a=1`,
      `${rawUrl}&x-amz-meta-color=red`,
      `${rawUrl}&X-Amz-Meta-Color=red`,
      `${rawUrl}&X-Amz-Signature=${'0'.repeat(64)}`,
    ]) {
      expect(await failure({ ...call, rawUrl: other }), other).not.toBe('taken');
    }
    const late = { clock: { now: () => Date.now() + 61_000 } };
    expect(await failure(call, late)).toBe('expired');
    expect(await failure(call, { ...late, skewMs: 'any time' })).toBe('taken');
  });

  it('S3, presigned: a GET', async () => {
    const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: 'bucket', Key: 'k%2F' }));
    const found = await verified(await kept(fetch(url)));
    expect(found.rawPath).toBe('/bucket/k%252F');
  });

  it('query protocol: the form is the body', async () => {
    const found = await verified(await kept(sts.send(new GetCallerIdentityCommand({}))));
    expect(found.signingName).toBe('sts');
    expect(Buffer.from(found.body!).toString()).toContain('Action=GetCallerIdentity');
  });
});

describe('calls as other signers sign them', () => {
  const at = { now: () => signedAt.getTime() };
  const principal = credentials.lookup(account.accessKeyId)!.principal;
  const store = (sessionToken?: string): CredentialStore => ({
    lookup: (id) =>
      id === accessKeyId
        ? { secretAccessKey, principal, ...(sessionToken === undefined ? {} : { sessionToken }) }
        : undefined,
  });
  const request = {
    method: 'POST',
    path: '/',
    query: {},
    headers: { host: 'localhost', 'x-amz-target': 'TrentService.Sign' },
    service: 'kms',
    region: 'us-west-2',
  };
  const empty = createHash('sha256').digest('hex');
  const callOf = (wire: { method: string; target: string; rawHeaders: string[] }): SignedCall => ({
    method: wire.method,
    rawUrl: wire.target,
    headers: Array.from({ length: wire.rawHeaders.length / 2 }, (_, index) => [
      wire.rawHeaders[2 * index]!.toLowerCase(),
      wire.rawHeaders[2 * index + 1]!,
    ]),
    payloadHash: empty,
  });

  it('with temporary credentials', async () => {
    const call = callOf(await signWithSmithy(request, undefined, 'token'));
    expect(await failure(call, { clock: at, credentials: store('token') })).toBe('taken');
    expect(await failure(call, { clock: at, credentials: store('other') })).toBe('unknown-token');
    expect(await failure(call, { clock: at, credentials: store() })).toBe('unknown-token');
  });

  it('presigned for another service than S3', async () => {
    const call = callOf(signWithAws4({ ...request, headers: { host: 'localhost' } }, true));
    const found = await verify(call, { clock: at, credentials: store() });
    expect([found.signingName, found.region]).toEqual(['kms', 'us-west-2']);
    expect(
      await failure({ ...call, payloadHash: 'UNSIGNED-PAYLOAD' }, { clock: at, credentials: store() }),
    ).toBe('invalid-content-sha256');
  });
});

describe('calls that nobody signed', () => {
  const root = { ...credentials.lookup(account.accessKeyId)!.principal, displayName: 'developer' };

  it('are taken in the name of a principal where that is allowed, and refused elsewhere', async () => {
    const own = await openCapture({ unsignedPrincipal: root });
    try {
      await send(own.fixture.tcpPort, {
        method: 'POST',
        target: '/',
        headers: { 'x-amz-target': 'TrentService.Sign', 'content-type': 'application/x-amz-json-1.1' },
        body: '{"KeyId":"k","Message":"bQ==","SigningAlgorithm":"ECDSA_SHA_256"}',
      });
      const call = own.calls[0]!;
      expect(call.unsigned).toBe(true);
      const again = decodeSignedCall(encodeSignedCall(call, { withBody: true }));
      const found = await verify(again, { allowUnsigned: root });
      expect([found.principal, found.credential, found.signingName]).toEqual([root, undefined, '']);
      expect(found.header('x-amz-target')).toBe('TrentService.Sign');
      expect(Buffer.from(found.body!).toString()).toContain('"KeyId"');
      expect(await failure(again)).toBe('empty-authorization');
      expect(await failure({ ...again, body: Buffer.from('{}') }, { allowUnsigned: root })).toBe(
        'invalid-content-sha256',
      );
    } finally {
      await own.fixture.close();
    }
  });

  it('are not what a signed call becomes by saying so, nor the other way round', async () => {
    const call = await signedKms();
    const allow = { allowUnsigned: root };
    expect(await failure({ ...call, unsigned: true }, allow)).toBe('empty-authorization');
    const headers = call.headers.filter(([name]) => name !== 'authorization');
    expect(await failure({ ...call, headers }, allow)).toBe('empty-authorization');
  });
});
