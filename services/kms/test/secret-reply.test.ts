/** Secrets in answers. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { replyOf, withSecrets } from '../ops/secret-reply.ts';

describe('an answer with a secret', () => {
  it('says it, and leaves nothing of it in its buffer', () => {
    const secret = randomBytes(32);
    const text = secret.toString('base64');
    const other = Uint8Array.of(1, 2, 3);
    const output = withSecrets(
      { Plaintext: secret, CiphertextBlob: other, KeyId: 'a"b', Absent: undefined },
      secret,
    );
    const { encoded } = replyOf(output);
    expect(JSON.parse(encoded?.body as string)).toEqual({
      Plaintext: text,
      CiphertextBlob: 'AQID',
      KeyId: 'a"b',
    });
    expect(encoded?.contentType).toBe('application/x-amz-json-1.1');
    expect(secret.equals(Buffer.alloc(32))).toBe(true);
    expect([...other]).toEqual([1, 2, 3]);
  });

  it('is left to the port when there is none', () => {
    const output = { KeyId: 'a' };
    expect(replyOf(output)).toEqual({ output });
  });
});
