import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { compareFile, ProofRefused, parseTrustRoot, verifyProofDocument } from '../index.ts';
import { type GoldenFile, goldens, goldenText, goldenTrustRoot } from './golden/objects.ts';

const trustRoot = goldenTrustRoot();
const check = (file: GoldenFile) => verifyProofDocument(goldenText(file), trustRoot);

test.each(goldens)(
  '$file, made by an earlier version, holds and says what it said',
  async ({ file, key, body }) => {
    const { subject, statement, facts, frame, content } = await check(file);
    expect(subject).toBe(`s3://album/${key}`);
    if (body === undefined) {
      expect([statement, content]).toEqual([`there is no object "${key}" in the bucket "album"`, undefined]);
      return;
    }
    expect(statement).toBe(`"${key}" in the bucket "album" has this content`);
    const bytes = body();
    expect(facts).toContainEqual({ name: 'bytes', value: String(bytes.length) });
    expect(facts).toContainEqual({ name: 'etag', value: createHash('md5').update(bytes).digest('hex') });
    expect(await compareFile(content, bytes)).toEqual({ same: true, bytes: bytes.length });
    expect(frame).toMatchObject({ network: 'hypergate', signers: 1, keys: 1, testNetwork: false });
    expect(frame.delayIterations).toEqual(file === 'delay.proof' ? expect.any(Number) : null);
  },
);

test('a document may come as its bytes, and the trust root in capitals', async () => {
  const bytes = new TextEncoder().encode(goldenText('inline.proof'));
  const { content: _content, ...report } = await verifyProofDocument(bytes, trustRoot.toUpperCase());
  // The same as plain JSON.
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
});

test('another root, other bytes and what is no text are refused', async () => {
  const text = goldenText('inline.proof');
  const refused = async (document: string | Uint8Array, root = trustRoot) => {
    const refusal = await verifyProofDocument(document, root).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ProofRefused);
    return (refusal as ProofRefused).message;
  };
  expect(await refused(text, '00'.repeat(32))).toContain('another network');
  expect(await refused(text.replace('/hello', '/other'))).toBe('the object is not proven');
  expect(await refused(text.replace('s3://', 'rds://'))).toContain('cannot verify');
  expect(await refused(Uint8Array.of(0xff))).toBe('the document is not a text');
  const bytes = new TextEncoder().encode(text);
  // Within the proof, the last of the fields.
  bytes[bytes.length - 1000]! ^= 1;
  expect(await refused(bytes)).not.toBe('');
});

test.each(['', 'ab', 'g'.repeat(64), 'ab'.repeat(33), `0x${'ab'.repeat(31)}`, `${'ab'.repeat(32)}\n`])(
  'what is no trust root is a wrong call: %j',
  async (root) => {
    await expect(verifyProofDocument(goldenText('inline.proof'), root)).rejects.toThrow(RangeError);
    expect(() => parseTrustRoot(root)).toThrow(RangeError);
  },
);
