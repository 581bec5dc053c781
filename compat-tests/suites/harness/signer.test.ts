import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyPayloadHash, encodeComponent, encodePath, signRequest } from '../../lib/sigv4.ts';

interface Signable {
  service: string;
  region: string;
  method: string;
  host: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
  /** Signed unless named here. */
  extraHeadersToIgnore?: Record<string, boolean>;
}

/** The package has no types of its own. */
const aws4 = createRequire(import.meta.url)('aws4') as {
  sign(request: Signable, credentials: object): { headers: Record<string, string> };
};

const identity = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret/with+odd', region: 'eu-west-3' };

test('signatures equal those of an independent signer', () => {
  const word = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    .filter((text) => text.isWellFormed());
  fc.assert(
    fc.property(
      fc.constantFrom('GET', 'PUT', 'DELETE'),
      fc
        .array(word, { minLength: 1, maxLength: 3 })
        .filter((parts) => !parts.some((part) => /^\.*$|[/\\]/.test(part))),
      fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z-]{1,8}$/), word), {
        selector: ([name]) => name,
        maxLength: 3,
      }),
      fc.stringMatching(/^[a-zA-Z0-9=;,.]{1,20}$/),
      (method, parts, parameters, metadata) => {
        const path = encodePath(`/${parts.join('/')}`);
        const query = parameters
          .map(([name, value]) => `${encodeComponent(name)}=${encodeComponent(value)}`)
          .sort((a, b) => ((a.split('=')[0] as string) < (b.split('=')[0] as string) ? -1 : 1))
          .join('&');
        const now = new Date('2026-03-04T05:06:07Z');
        const headers = { 'x-amz-meta-note': metadata };
        const ours = signRequest(identity, {
          method,
          path,
          query,
          host: 'example.test:4566',
          payloadHash: emptyPayloadHash,
          headers,
          now,
        });
        const theirs = aws4.sign(
          {
            service: 's3',
            region: identity.region,
            method,
            host: 'example.test:4566',
            path: query === '' ? path : `${path}?${query}`,
            headers: {
              'X-Amz-Date': '20260304T050607Z',
              'X-Amz-Content-Sha256': emptyPayloadHash,
              'x-amz-meta-note': metadata,
            },
          },
          identity,
        );
        expect(ours.authorization).toBe(theirs.headers.Authorization);
      },
    ),
    { numRuns: 200 },
  );
});

test('so do those of services whose calls all go to /', () => {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.ListKeys' };
  const now = new Date('2026-03-04T05:06:07Z');
  const request = { method: 'POST', path: '/', host: 'example.test:4566' };
  const payloadHash = createHash('sha256').update('{}').digest('hex');
  const ours = signRequest(identity, { ...request, payloadHash, headers, now, service: 'kms' });
  const theirs = aws4.sign(
    {
      ...request,
      service: 'kms',
      region: identity.region,
      headers: { 'X-Amz-Date': '20260304T050607Z', ...headers },
      body: '{}',
      extraHeadersToIgnore: { 'content-length': true },
    },
    identity,
  );
  expect(ours.authorization).toBe(theirs.headers.Authorization);
});
