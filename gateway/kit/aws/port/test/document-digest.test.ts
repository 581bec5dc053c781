import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { checksumOf, encodeChecksum } from '../../../checksums/index.ts';
import { AwsError, type OperationRow } from '../../definition.ts';
import { checkDocumentDigest } from '../document-digest.ts';

const document = Buffer.from('<Tagging/>');
const md5 = createHash('md5').update(document).digest('base64');
const otherMd5 = createHash('md5').update('other').digest('base64');
const crc32 = encodeChecksum(checksumOf('CRC32', document));
const sha256 = encodeChecksum(checksumOf('SHA256', document));
const otherCrc32 = encodeChecksum(checksumOf('CRC32', Buffer.from('other')));

type Rule = NonNullable<OperationRow['bodyDigest']>;

function outcome(rule: Rule, headers: Record<string, string>, trailers: Record<string, string> = {}): string {
  try {
    checkDocumentDigest(
      document,
      { header: (name) => headers[name], trailers: new Map(Object.entries(trailers)) },
      rule,
    );
    return 'ok';
  } catch (error) {
    if (error instanceof AwsError) return `${error.status} ${error.code}`;
    throw error;
  }
}

const good: [string, Record<string, string>][] = [
  ['Content-MD5', { 'content-md5': md5 }],
  ['CRC32', { 'x-amz-checksum-crc32': crc32 }],
  ['SHA256', { 'x-amz-checksum-sha256': sha256, 'x-amz-sdk-checksum-algorithm': 'sha256' }],
  ['Content-MD5 and CRC32', { 'content-md5': md5, 'x-amz-checksum-crc32': crc32 }],
  [
    'Content-MD5 where an algorithm is named',
    { 'content-md5': md5, 'x-amz-sdk-checksum-algorithm': 'CRC32' },
  ],
];

test.each(good)('%s of the body is taken', (_name, headers) => {
  expect(outcome('checked', headers)).toBe('ok');
  expect(outcome('required', headers)).toBe('ok');
});

const bad: [string, Record<string, string>, string][] = [
  ['another Content-MD5', { 'content-md5': otherMd5 }, '400 BadDigest'],
  ['a Content-MD5 that is none', { 'content-md5': 'short' }, '400 InvalidDigest'],
  ['an empty Content-MD5', { 'content-md5': '' }, '400 InvalidDigest'],
  ['another CRC32', { 'x-amz-checksum-crc32': otherCrc32 }, '400 BadDigest'],
  [
    'another CRC32 beside a good MD5',
    { 'content-md5': md5, 'x-amz-checksum-crc32': otherCrc32 },
    '400 BadDigest',
  ],
  ['a CRC32 of the wrong length', { 'x-amz-checksum-crc32': sha256 }, '400 InvalidRequest'],
  ['two checksums', { 'x-amz-checksum-crc32': crc32, 'x-amz-checksum-sha256': sha256 }, '400 InvalidRequest'],
  [
    'another algorithm than the one that is named',
    { 'x-amz-checksum-crc32': crc32, 'x-amz-sdk-checksum-algorithm': 'SHA256' },
    '400 InvalidRequest',
  ],
  [
    'an unknown algorithm',
    { 'content-md5': md5, 'x-amz-sdk-checksum-algorithm': 'CRC7' },
    '400 InvalidRequest',
  ],
];

test.each(bad)('%s is refused', (_name, headers, expected) => {
  expect(outcome('checked', headers)).toBe(expected);
  expect(outcome('required', headers)).toBe(expected);
});

test('a digest that is required may not be missing', () => {
  expect(outcome('checked', {})).toBe('ok');
  expect(outcome('required', {})).toBe('400 InvalidRequest');
  expect(outcome('required', { 'x-amz-sdk-checksum-algorithm': 'CRC32' })).toBe('400 InvalidRequest');
});

test('a checksum may stand in a trailer', () => {
  expect(outcome('required', {}, { 'x-amz-checksum-crc32': crc32 })).toBe('ok');
  expect(outcome('required', {}, { 'x-amz-checksum-crc32': otherCrc32 })).toBe('400 BadDigest');
});

test('where the checksum headers mean something else than the body, only Content-MD5 counts', () => {
  expect(outcome('md5', { 'x-amz-checksum-crc32': otherCrc32, 'content-md5': md5 })).toBe('ok');
  expect(outcome('md5', { 'content-md5': otherMd5 })).toBe('400 BadDigest');
});
