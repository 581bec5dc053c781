/** Verification of digests in a thread. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import type { SignatureClaim } from '../engine/crypto/verify-signature.ts';
import { VerifyThread } from '../ops/verify-thread.ts';

const thread = new VerifyThread();
afterAll(() => thread.close());

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const der = publicKey.export({ format: 'der', type: 'spki' });

function claimOf(text: string, signed = text): SignatureClaim {
  return {
    spec: 'ECC_NIST_P256',
    algorithm: 'ECDSA_SHA_256',
    type: 'DIGEST',
    message: createHash('sha256').update(text).digest(),
    signature: sign('sha256', Buffer.from(signed), privateKey),
  };
}

describe('the thread that verifies', () => {
  it('gives each claim its own answer', async () => {
    const texts = Array.from({ length: 12 }, (_, index) => String(index));
    const claims = texts.map((text, index) => claimOf(text, index % 3 === 0 ? 'another' : text));
    const answers = await Promise.all(claims.map((claim) => thread.verify(der, claim)));
    expect(answers).toEqual(texts.map((_, index) => index % 3 !== 0));
  });

  it('fails those who wait when it ends, and is there again for the next', async () => {
    // So many that the last cannot have its answer yet.
    const claim = claimOf('a');
    const waiting = Promise.allSettled(Array.from({ length: 100 }, () => thread.verify(der, claim)));
    await thread.close();
    const last = (await waiting).at(-1)!;
    expect(last).toMatchObject({ status: 'rejected' });
    expect(String((last as PromiseRejectedResult).reason)).toContain('ended');
    expect(await thread.verify(der, claimOf('b'))).toBe(true);
  });

  it('fails a claim that it cannot look at, and no other', async () => {
    const [wrong, right] = [
      thread.verify(Buffer.from('no key'), claimOf('a')),
      thread.verify(der, claimOf('a')),
    ];
    await expect(wrong).rejects.toThrow();
    expect(await right).toBe(true);
  });
});
