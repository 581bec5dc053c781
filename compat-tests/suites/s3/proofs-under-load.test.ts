/** Proofs while clients write at full speed, many at once, and of clients that do not wait. */
import { expect, test } from 'vitest';
import { adminStatus } from '../../lib/admin.ts';
import { checkProof, proveOk, quickFrames, readTrustRoot } from '../../lib/proofs.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite({ env: quickFrames });
const writers = 8;

/** Writes numbered bodies under `k` until told to stop, which gives how many; the first is there when it resolves. */
async function writeOn(bucket: string, pad: number) {
  let number = 1;
  let stopping = false;
  const filler = '.'.repeat(pad);
  await suite.put(bucket, 'k', `1 ${filler}`);
  const hands = Array.from({ length: writers }, async () => {
    const caller = suite.caller();
    while (!stopping) {
      number += 1;
      const mine = number;
      await caller.ok({ method: 'PUT', path: `/${bucket}/k`, body: Buffer.from(`${mine} ${filler}`) });
    }
  });
  return {
    async stop() {
      stopping = true;
      await Promise.all(hands);
      return number;
    },
  };
}

async function frameCaughtUp(): Promise<void> {
  await expect.poll(async () => (await adminStatus(suite.target)).proofs.lagSeconds).toBe(0);
}

test('an object that changes all the time is proven as it was at the frame, and frames keep coming', async () => {
  const bucket = await suite.bucket();
  const trustRoot = await readTrustRoot(suite.target);
  for (const pad of [100, 70_000]) {
    const load = await writeOn(bucket, pad);
    let last = 0;
    for (let round = 0; round < 5; round += 1) {
      const proof = await checkProof(await proveOk(suite.target, `s3://${bucket}/k`), trustRoot);
      expect(proof.frame.number).toBeGreaterThan(last);
      last = proof.frame.number;
    }
    const status = await adminStatus(suite.target);
    expect(status.proofs.state).toBe('running');
    expect(status.proofs.lagSeconds).toBeLessThan(20);
    expect(await load.stop()).toBeGreaterThan(20);
    const final = await proveOk(suite.target, `s3://${bucket}/k`);
    const { body } = await suite.caller().ok({ method: 'GET', path: `/${bucket}/k` });
    expect(await (await checkProof(final, trustRoot)).difference(body)).toBeUndefined();
  }
});

test('two dozen are asked for at once, of objects that are written meanwhile', async () => {
  const bucket = await suite.bucket();
  const trustRoot = await readTrustRoot(suite.target);
  const load = await writeOn(bucket, 1000);
  const caller = suite.caller();
  const keys = Array.from({ length: 24 }, (_unused, index) => `key ${index}`);
  for (const key of keys)
    await caller.ok({ method: 'PUT', path: `/${bucket}/${key}`, body: Buffer.from(key) });
  const documents = await Promise.all(keys.map((key) => proveOk(suite.target, `s3://${bucket}/${key}`)));
  await load.stop();
  for (const [index, document] of documents.entries()) {
    const proof = await checkProof(document, trustRoot);
    expect(proof.subject).toBe(`s3://${bucket}/${keys[index]}`);
    expect(await proof.difference(Buffer.from(keys[index] as string))).toBeUndefined();
  }
});

test('a client that goes away while it waits leaves nothing waiting', async () => {
  const bucket = await suite.bucket();
  const load = await writeOn(bucket, 10);
  const gone = Array.from({ length: 40 }, async (_unused, index) => {
    const signal = AbortSignal.timeout(5 * (1 + (index % 12)));
    await proveOk(suite.target, `s3://${bucket}/k`, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  });
  await Promise.all(gone);
  await load.stop();
  await frameCaughtUp();
  await expect.poll(async () => (await adminStatus(suite.target)).proofs.waiting).toBe(0);
  await proveOk(suite.target, `s3://${bucket}/k`);
  expect(suite.target.output()).not.toMatch(/"level":(?:50|60)/);
});
