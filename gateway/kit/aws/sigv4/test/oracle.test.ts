import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StaticCredentialStore } from '../../credentials.ts';
import { Authenticator } from '../authenticator.ts';
import { SignatureFailure } from '../failure.ts';
import { emptySha256, sentPayloadHash, unsignedPayload } from '../payload-hash.ts';
import { SigningKeyCache } from '../signing-key.ts';
import {
  accessKeyId,
  type PlainRequest,
  secretAccessKey,
  signedAt,
  signWithAws4,
  signWithSmithy,
  view,
  type WireRequest,
} from './signers.ts';

const authenticator = new Authenticator({
  credentials: new StaticCredentialStore([
    {
      accountId: '000000000000',
      userId: 'user',
      displayName: 'name',
      email: 'a@example.com',
      accessKeyId,
      secretAccessKey,
    },
  ]),
  clock: { now: () => signedAt.getTime() + 1000 },
  keys: new SigningKeyCache(8),
});

/** Result of the whole check: `ok`, or the kind of failure. */
async function check(wire: WireRequest, service: string): Promise<string> {
  try {
    const request = view(wire);
    const signature = authenticator.read(request);
    if (signature === undefined) return 'anonymous';
    const credential = await authenticator.identify(signature, request, service);
    const hash =
      sentPayloadHash(request, signature.form) ??
      (signature.form === 'query' && service === 's3' ? unsignedPayload : emptySha256);
    authenticator.verify(signature, request, credential, hash, service === 's3' ? 's3' : 'normalised');
    return 'ok';
  } catch (error) {
    if (error instanceof SignatureFailure) return error.reason.kind;
    throw error;
  }
}

const runs = process.env.HYPERGATE_SOAK === '1' ? 20_000 : 400;

const rfc3986 = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const wellFormedText = fc.string({ unit: 'binary', maxLength: 8 }).filter((text) => text.isWellFormed());
const tricky = fc.constantFrom(
  '',
  '+',
  '%',
  ' ',
  '~',
  '/',
  '//',
  '..',
  '.',
  'a b',
  'ü',
  '日本',
  '*',
  "'",
  '(',
  '=',
  '&',
  '%2F',
  '%zz',
  'x+y',
  '\u00a0',
);
const text = fc.oneof(wellFormedText, tricky);
const s3Path = fc
  .array(text, { maxLength: 5 })
  .map((parts) => `/bucket/${parts.map((part) => part.split('/').map(rfc3986).join('/')).join('/')}`);
// Dots and escapes of dots are left to fixed cases: the signers differ on them.
const servicePath = fc
  .array(
    text.filter((part) => !/^\.*$/.test(part) && !part.includes('/')),
    { maxLength: 4 },
  )
  .map((parts) => `/2015-03-31/${parts.map(rfc3986).join('/')}`);
const queryName = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }).filter((name) => name.isWellFormed()),
    fc.constantFrom('acl', 'list-type', 'prefix', 'a-b', 'a', 'A', 'a b', 'x-id'),
  )
  .filter((name) => !/^x-amz-/i.test(name) && name !== '__proto__');
const query = fc.dictionary(queryName, text, { maxKeys: 5, noNullPrototype: true });
const manyValues = fc.dictionary(queryName, fc.oneof(text, fc.array(text, { minLength: 2, maxLength: 3 })), {
  maxKeys: 4,
  noNullPrototype: true,
});
// What a header may carry: no control characters; no blanks but space, as the signers' own trimming takes more.
const headerValue = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.constantFrom('a  b', ' a   b ', 'Grüße', 'a,b', '"x  y"'),
  )
  .filter((value) => !/\p{Cc}|\ufeff|[^\S ]/u.test(value));
const headers = fc
  .dictionary(
    fc.constantFrom(
      'x-amz-meta-one',
      'X-Amz-Meta-Two',
      'content-type',
      'x-amz-acl',
      'Content-MD5',
      'x-amz-tagging',
    ),
    headerValue,
    { maxKeys: 4, noNullPrototype: true },
  )
  .map((sent) => ({ host: '127.0.0.1:4566', ...sent }));
const method = fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD');
const region = fc.constantFrom('us-east-1', 'eu-central-1', 'mars-north-9');
const request = (service: string, path: fc.Arbitrary<string>, queries: fc.Arbitrary<PlainRequest['query']>) =>
  fc.record({ method, path, query: queries, headers, service: fc.constant(service), region });

describe('signatures made by @smithy/signature-v4 are accepted', () => {
  test('S3 by header', async () => {
    await fc.assert(
      fc.asyncProperty(request('s3', s3Path, manyValues), async (plain) => {
        expect(await check(await signWithSmithy(plain), 's3')).toBe('ok');
      }),
      { numRuns: runs },
    );
  });
  test('S3 presigned', async () => {
    await fc.assert(
      fc.asyncProperty(request('s3', s3Path, manyValues), async (plain) => {
        const wire = await signWithSmithy(plain, { expiresIn: 60 });
        // A presigner moves x-amz-* headers into the query; what it left is sent as signed.
        const result = await check(wire, 's3');
        // Without the moved payload hash it signed the empty body's; S3's own presigner sets UNSIGNED-PAYLOAD.
        expect(result === 'ok' || result === 'mismatch').toBe(true);
        const unsigned = await signWithSmithy(
          { ...plain, headers: { ...plain.headers, 'x-amz-content-sha256': unsignedPayload } },
          { expiresIn: 60 },
        );
        expect(await check(unsigned, 's3')).toBe('ok');
      }),
      { numRuns: runs },
    );
  });
  test('another service by header, which encodes its path twice', async () => {
    await fc.assert(
      fc.asyncProperty(request('lambda', servicePath, manyValues), async (plain) => {
        expect(await check(await signWithSmithy(plain), 'lambda')).toBe('ok');
      }),
      { numRuns: runs },
    );
  });
});

describe('signatures made by aws4 are accepted', () => {
  test('S3 by header', () => {
    return fc.assert(
      fc.asyncProperty(request('s3', s3Path, query), async (plain) => {
        expect(await check(signWithAws4(plain, false), 's3')).toBe('ok');
      }),
      { numRuns: runs },
    );
  });
  test('S3 presigned', () => {
    return fc.assert(
      fc.asyncProperty(request('s3', s3Path, query), async (plain) => {
        expect(await check(signWithAws4(plain, true), 's3')).toBe('ok');
      }),
      { numRuns: runs },
    );
  });
  test('another service by header', () => {
    return fc.assert(
      fc.asyncProperty(request('lambda', servicePath, query), async (plain) => {
        expect(await check(signWithAws4(plain, false), 'lambda')).toBe('ok');
      }),
      { numRuns: runs },
    );
  });
});

describe('a changed request is refused', () => {
  const changes: Record<string, (wire: WireRequest) => WireRequest> = {
    method: (wire) => ({ ...wire, method: wire.method === 'GET' ? 'PUT' : 'GET' }),
    path: (wire) => ({ ...wire, target: wire.target.replace('/bucket/', '/bucket2/') }),
    'doubled slash': (wire) => ({ ...wire, target: wire.target.replace('/bucket/', '/bucket//') }),
    'added parameter': (wire) => ({
      ...wire,
      target: `${wire.target}${wire.target.includes('?') ? '&' : '?'}versionId=1`,
    }),
    'changed host': (wire) => ({
      ...wire,
      rawHeaders: wire.rawHeaders.map((part) => (part === '127.0.0.1:4566' ? 'evil:4566' : part)),
    }),
    'added x-amz header': (wire) => ({
      ...wire,
      rawHeaders: [...wire.rawHeaders, 'x-amz-copy-source', '/other/key'],
    }),
    'repeated host': (wire) => ({ ...wire, rawHeaders: [...wire.rawHeaders, 'Host', 'evil'] }),
  };
  for (const [name, change] of Object.entries(changes)) {
    test(name, async () => {
      await fc.assert(
        fc.asyncProperty(request('s3', s3Path, query), fc.boolean(), async (plain, presign) => {
          const wire = signWithAws4(plain, presign);
          expect(await check(change(wire), 's3')).toMatch(/^(mismatch|headers-not-signed)$/);
        }),
        { numRuns: 50 },
      );
    });
  }
});
