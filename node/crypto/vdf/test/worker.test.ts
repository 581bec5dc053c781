import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { verify, verifyWithHint } from '../verify.ts';
import { VdfWorker, type VdfWorkerErrorCode } from '../worker/index.ts';

const workers: VdfWorker[] = [];
const started = (...args: ConstructorParameters<typeof VdfWorker>): VdfWorker => {
  const worker = new VdfWorker(...args);
  workers.push(worker);
  return worker;
};
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.close()));
});

const small = { challenge: new TextEncoder().encode('worker'), iterations: 50, bits: 256 };
const endless = { ...small, iterations: 2 ** 32 - 1 };
const failsWith = (code: VdfWorkerErrorCode) => expect.objectContaining({ name: 'VdfWorkerError', code });

/** Resolves when the worker has done some squarings of the running request. */
async function underWay(worker: VdfWorker): Promise<void> {
  while ((worker.progress()?.done ?? 0) === 0) await delay(5);
}

test('answers with an output that verifies, its hint and its times', async () => {
  const worker = started();
  const answer = await worker.solve(small);
  expect(answer).toMatchObject(small);
  expect(verify(small, answer.output)).toBe(true);
  expect(verifyWithHint(answer, answer.hint, answer.output)).toBe(true);
  expect(answer.seconds).toBe(answer.discriminantSeconds + answer.evaluationSeconds + answer.proofSeconds);
  expect(worker.progress()).toBeUndefined();
});

test('one request at a time: another is told that the worker is busy', async () => {
  const worker = started();
  const first = worker.solve(small);
  await expect(worker.solve(small)).rejects.toEqual(failsWith('busy'));
  await expect(worker.calibrate(256, 1)).rejects.toEqual(failsWith('busy'));
  expect(verify(small, (await first).output)).toBe(true);
  expect(verify(small, (await worker.solve(small)).output)).toBe(true);
});

test('an urgent challenge takes the place of the running one, and of a waiting one', async () => {
  const worker = started();
  const running = expect(worker.solve(endless)).rejects.toEqual(failsWith('cancelled'));
  await underWay(worker);
  expect(worker.progress()).toMatchObject({ iterations: endless.iterations });
  const waiting = expect(worker.solve(endless, { urgent: true })).rejects.toEqual(failsWith('cancelled'));
  const urgent = worker.solve(small, { urgent: true });
  await Promise.all([running, waiting]);
  expect(verify(small, (await urgent).output)).toBe(true);
});

test('a signal cancels a running, a waiting and a future request', async () => {
  const worker = started();
  const running = new AbortController();
  const waiting = new AbortController();
  const first = expect(worker.solve(endless, { signal: running.signal })).rejects.toEqual(
    failsWith('cancelled'),
  );
  await underWay(worker);
  const second = expect(worker.solve(small, { signal: waiting.signal, urgent: true })).rejects.toEqual(
    failsWith('cancelled'),
  );
  waiting.abort();
  running.abort();
  await Promise.all([first, second]);
  await expect(worker.solve(small, { signal: running.signal })).rejects.toEqual(failsWith('cancelled'));
  expect(verify(small, (await worker.solve(small)).output)).toBe(true);
});

test('a statement outside the limits fails alone', async () => {
  const worker = started();
  await expect(worker.solve({ ...small, bits: 64 })).rejects.toEqual(failsWith('unsupported'));
  await expect(worker.solve({ ...small, iterations: 0 })).rejects.toEqual(failsWith('unsupported'));
  await expect(worker.solve({ ...small, challenge: new Uint8Array(5000) })).rejects.toEqual(
    failsWith('unsupported'),
  );
  expect(verify(small, (await worker.solve(small)).output)).toBe(true);
});

test('a thread that dies fails its request, and the next one starts another', async () => {
  // Too little heap for the powers of a long evaluation.
  const worker = started({ heapMegabytesMax: 16 });
  await expect(worker.solve({ ...small, bits: 2048, iterations: 32_000 })).rejects.toEqual(
    failsWith('failed'),
  );
  expect(verify(small, (await worker.solve(small)).output)).toBe(true);
});

test('a request that waits behind a dying thread is still answered', async () => {
  const worker = started({ heapMegabytesMax: 16 });
  const dying = worker.solve({ ...small, bits: 2048, iterations: 32_000 });
  const outcome = expect(dying).rejects.toEqual(
    expect.objectContaining({ code: expect.stringMatching(/^(failed|cancelled)$/) }),
  );
  await underWay(worker);
  const next = worker.solve(small, { urgent: true });
  await outcome;
  expect(verify(small, (await next).output)).toBe(true);
});

test('closing cancels, ends the thread, and may be repeated', async () => {
  const worker = started();
  const running = expect(worker.solve(endless)).rejects.toEqual(failsWith('closed'));
  await underWay(worker);
  const waiting = expect(worker.solve(small, { urgent: true })).rejects.toEqual(failsWith('closed'));
  await worker.close();
  await worker.close();
  await Promise.all([running, waiting]);
  await expect(worker.solve(small)).rejects.toEqual(failsWith('closed'));
});

test('calibrates in the thread', async () => {
  expect(await started().calibrate(256, 1)).toBeGreaterThan(0);
});

test('the bytes of a waiting challenge are the caller’s to reuse', async () => {
  const worker = started();
  const challenge = small.challenge.slice();
  const answer = worker.solve({ ...small, challenge });
  challenge.fill(0);
  expect(verify(small, (await answer).output)).toBe(true);
});
