import { type ProofQuery, ProofUnavailable, type Service } from '@hypergate/kit';
import { proofStatusSchema } from '@hypergate/openapi/admin';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { recordProofMetrics } from '../boot/proof-metrics.ts';
import {
  frameHeader,
  noProofs,
  type ProofSource,
  type ProverState,
  proofStatus,
  proveTarget,
  readTrustRoot,
} from '../proofs.ts';

const running: ProverState = {
  state: 'running',
  reason: undefined,
  last: { number: 7, timeMs: Date.UTC(2026, 0, 2), changed: 12, buildMs: 250 },
  lagMs: 1500,
  proofs: 2,
  trustRoot: new Uint8Array(32).fill(0xab),
};
const sourceOf = (state: ProverState | undefined, next: number | undefined = 8): ProofSource => ({
  status: () => state,
  nextFrame: () => next,
  network: () => (state === undefined ? undefined : { name: 'test', discriminantBits: 2048 }),
});

const query = (target: string): ProofQuery => ({ target, discloseAddressKeys: false, delay: false });
const service = (name: string, prove?: (query: ProofQuery) => Promise<string>) =>
  ({ name, ...(prove === undefined ? {} : { prove }) }) as Service;

async function refusal(target: string, services: readonly Service[]): Promise<string> {
  const error = await proveTarget(query(target), services).catch((reason: unknown) => reason);
  if (!(error instanceof ProofUnavailable)) throw new Error('no refusal', { cause: error });
  expect(error.status).toBe(400);
  return error.message;
}

test('the service whose name is the scheme is asked', async () => {
  const services = [service('sts'), service('s3', async ({ target }) => `proof of ${target}`)];
  expect(await proveTarget(query('s3://b/k'), services)).toBe('proof of s3://b/k');
  expect(await refusal('redis://0/k', services)).toBe('there is no service redis (known: s3://)');
  expect(await refusal('sts://x', services)).toBe('sts proves nothing (known: s3://)');
  expect(await refusal('b/k', services)).toContain('does not begin with');
  expect(await refusal('__proto__://x', services)).toContain('does not begin with');
  expect(await refusal('s3://b/k', [])).toContain('no service here proves anything');
});

test('the status tells what is known', () => {
  const trustRoot = 'ab'.repeat(32);
  expect(proofStatus(sourceOf(running))).toEqual({
    state: 'running',
    frame: 7,
    frameTime: '2026-01-02T00:00:00.000Z',
    nextFrame: 8,
    lagSeconds: 1.5,
    waiting: 2,
    trustRoot,
  });
  const failed = {
    ...running,
    state: 'failed',
    reason: 'no disk',
    last: undefined,
    trustRoot: undefined,
  } as const;
  const states = [
    noProofs,
    sourceOf({ ...running, state: 'starting', last: undefined }, undefined),
    sourceOf(failed),
  ];
  for (const one of states) expect(proofStatusSchema.safeParse(proofStatus(one)).success).toBe(true);
  expect(proofStatus(noProofs)).toEqual({ state: 'off', lagSeconds: 0, waiting: 0 });
  expect(proofStatus(sourceOf(failed))).toMatchObject({ state: 'failed', reason: 'no disk' });
});

test('the trust root is told when there is one', () => {
  expect(readTrustRoot(sourceOf(running))).toEqual({
    trustRoot: 'ab'.repeat(32),
    network: 'test',
    frame: 7,
    discriminantBits: 2048,
  });
  expect(() => readTrustRoot(noProofs)).toThrow('proofs are switched off');
  const failed = { ...running, state: 'failed', reason: 'no disk', trustRoot: undefined } as const;
  expect(() => readTrustRoot(sourceOf(failed))).toThrow('the prover is failed: no disk');
});

test('the header names the next frame, and is none without a prover', () => {
  let next: number | undefined = 8;
  const headers = frameHeader({ nextFrame: () => next });
  const first = headers();
  expect(first).toEqual({ 'x-hypergate-frame': '8' });
  expect(headers()).toBe(first);
  next = 9;
  expect(headers()).toEqual({ 'x-hypergate-frame': '9' });
  next = undefined;
  expect(headers()).toEqual({});
});

test('metrics follow the status, and have no samples without a prover', async () => {
  let state: ProverState | undefined = running;
  const registry = new Registry();
  recordProofMetrics(registry, { ...noProofs, status: () => state });
  const samples = async () =>
    (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(await samples()).toEqual([
    'hypergate_proof_lag_seconds 1.5',
    'hypergate_proof_failed 0',
    'hypergate_proofs_waiting 2',
    'hypergate_frame_number 7',
    'hypergate_frame_build_seconds 0.25',
    'hypergate_frame_changed_entries 12',
  ]);
  state = { ...running, state: 'failed', last: undefined };
  expect(await samples()).toContain('hypergate_proof_failed 1');
  expect((await samples()).join()).not.toContain('hypergate_frame_number');
  state = undefined;
  expect(await samples()).toEqual([]);
});
