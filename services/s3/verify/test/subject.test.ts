import { ProofRefused } from '@hypergate/node/verifier';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSubject, subjectText } from '../index.ts';

const bucket = fc.string({ unit: fc.constantFrom('a', 'z', '0', '-', '.'), minLength: 1, maxLength: 20 });
const key = fc.oneof(
  fc.string({
    unit: fc.constantFrom('%', '?', '2', '5', 'F', '/', '\0', '\n', '\x7f', 'ä', '\u{1f408}'),
    minLength: 1,
  }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }),
);
const versionId = fc.option(fc.string({ unit: fc.constantFrom('A', 'z', '0', '-', '_'), minLength: 1 }), {
  nil: undefined,
});

test('every object has one text, which leads back to it', () => {
  fc.assert(
    fc.property(bucket, key, versionId, (bucket, key, versionId) => {
      const subject = { bucket, key, versionId };
      const text = subjectText(subject);
      expect(parseSubject(text)).toEqual(subject);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
      expect(text).not.toMatch(/[\x00-\x1f\x7f]/);
    }),
    { numRuns: 500 },
  );
});

test('these texts are written for ever', () => {
  expect(subjectText({ bucket: 'b', key: 'a%b?c\n/ä', versionId: undefined })).toBe('s3://b/a%25b%3Fc%0A/ä');
  expect(subjectText({ bucket: 'b', key: '/', versionId: 'null' })).toBe('s3://b//?versionId=null');
});

test.each([
  '',
  's3://b',
  's3://b/',
  's3:///k',
  'S3://b/k',
  'http://b/k',
  's3://b/k?',
  's3://b/k?versionId=',
  's3://b/k?versionId=a b',
  's3://b/k?versionid=a',
  's3://b/k?versionId=a?versionId=a',
  's3://b/k%',
  's3://b/k%2',
  's3://b/k%2f',
  's3://b/k%2F',
  's3://b/k%61',
  's3://b/k%3f',
  's3://b/k\n',
  's3://b/k\0',
  's3://b?c/k',
  's3://b/\ud800',
  's3://\udc00/k',
  ' s3://b/k',
])('%j is no subject', (text) => {
  expect(() => parseSubject(text)).toThrow(ProofRefused);
});
