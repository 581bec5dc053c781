/** A data directory whose files of proofs were damaged, lost or swapped between two starts. */
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { adminStatus } from '../../lib/admin.ts';
import { only, startGateway } from '../../lib/gateway.ts';
import { checkProof, FrameLedger, proveOk, quickFrames, readTrustRoot } from '../../lib/proofs.ts';
import { SeededRandom } from '../../lib/random.ts';
import { S3Caller } from '../../lib/s3-caller.ts';
import type { Target } from '../../lib/target.ts';

const env = { ...quickFrames, ...only('s3') };
const seed = process.env.HYPERGATE_SEED ?? String(Date.now());
const keys = Array.from({ length: 40 }, (_unused, index) => `key ${index}`);

async function filled(target: Target): Promise<void> {
  const caller = new S3Caller(target);
  await caller.ok({ method: 'PUT', path: '/damaged' });
  for (const key of keys) await caller.ok({ method: 'PUT', path: `/damaged/${key}`, body: Buffer.from(key) });
  await caller.ok({ method: 'DELETE', path: '/damaged/key 7' }, 204);
  caller.close();
}

/** What is there, what is not and what is written now are proven. @returns the highest frame */
async function expectProofs(target: Target, round: number, ledger: FrameLedger): Promise<string> {
  const trustRoot = await readTrustRoot(target);
  const before = ledger.last;
  const caller = new S3Caller(target);
  const body = Buffer.from(`round ${round}`);
  await caller.ok({ method: 'PUT', path: '/damaged/new', body });
  caller.close();
  const [there, gone, fresh] = [
    await checkProof(await proveOk(target, 's3://damaged/key 3'), trustRoot),
    await checkProof(await proveOk(target, 's3://damaged/key 7', { discloseAddressKey: true }), trustRoot),
    await checkProof(await proveOk(target, 's3://damaged/new'), trustRoot),
  ];
  expect(await there.difference(Buffer.from('key 3'))).toBeUndefined();
  expect(gone.statement).toContain('there is no object');
  expect(await fresh.difference(body)).toBeUndefined();
  for (const { frame } of [there, gone, fresh]) {
    expect(frame.number).toBeGreaterThan(before);
    ledger.see(frame.number, frame.hash, 'a proof');
  }
  expect(ledger.faults).toEqual([]);
  return trustRoot;
}

test('the gateway starts, makes its trees again and goes on with new numbers', async () => {
  const random = new SeededRandom(seed);
  let target = await startGateway({ env });
  const { dataDir } = target;
  const trees = join(dataDir, 'proofs', 'trees');
  const flip = (): void => {
    const bytes = readFileSync(trees);
    for (let flips = 0; flips < 40; flips += 1) {
      const bit = random.between(0, bytes.length * 8 - 1);
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
    }
    writeFileSync(trees, bytes);
  };
  const damages: readonly (() => void)[] = [
    flip,
    () => truncateSync(trees, random.between(0, 20_000)),
    () => {
      for (const name of ['trees', 'frames']) rmSync(join(dataDir, 'proofs', name), { recursive: true });
    },
  ];
  try {
    await filled(target);
    const ledger = new FrameLedger();
    const trustRoot = await expectProofs(target, 0, ledger);
    for (const [index, damage] of damages.entries()) {
      await target.kill();
      damage();
      target = await startGateway({ dataDir, env });
      expect(await expectProofs(target, index + 1, ledger), `HYPERGATE_SEED=${seed}`).toBe(trustRoot);
      expect((await adminStatus(target)).proofs.state).toBe('running');
    }
    // While it runs, too.
    flip();
    await expectProofs(target, 100, ledger);
  } finally {
    await target.dispose();
  }
});

test('without its genesis document it makes a new network and says so; with another one it does not start', async () => {
  let target = await startGateway({ env });
  const { dataDir } = target;
  const other = await startGateway({ env });
  try {
    await filled(target);
    const trustRoot = await expectProofs(target, 0, new FrameLedger());
    const genesis = join(dataDir, 'proofs', 'genesis');
    await target.stop();
    const whole = readFileSync(genesis);
    const damaged = Buffer.from(whole);
    damaged[damaged.length >> 1] = (damaged[damaged.length >> 1] as number) ^ 4;
    for (const bytes of [
      readFileSync(join(other.dataDir, 'proofs', 'genesis')),
      damaged,
      whole.subarray(1),
    ]) {
      writeFileSync(genesis, bytes);
      const refused = await startGateway({ dataDir, env }).then(
        () => 'it started',
        (error: Error) => error.message,
      );
      expect(refused).toMatch(/ended at start \(1\)[\s\S]*hypergate: [^\n]*genesis document[^\n]*\n?$/);
    }
    rmSync(genesis);
    target = await startGateway({ dataDir, env });
    const renewed = await expectProofs(target, 1, new FrameLedger());
    expect(renewed).not.toBe(trustRoot);
    expect(target.output()).toMatch(/a new network begins, with another trust root/);
    await target.kill();
    target = await startGateway({ dataDir, env });
    expect(await expectProofs(target, 2, new FrameLedger())).toBe(renewed);
  } finally {
    await target.dispose();
    await other.dispose();
  }
});
