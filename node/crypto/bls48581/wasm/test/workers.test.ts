import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { loadWasmCurve, wasmModule } from '../index.ts';

test('threads share one compiled module and agree', async () => {
  const curve = await loadWasmCurve();
  const module = await wasmModule();
  const lists = [
    [1n, 2n ** 500n],
    [3n, 2n ** 517n + 1n],
  ];
  const answers = await Promise.all(
    lists.map(async (scalars) => {
      const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: { module, scalars } });
      const [points] = (await once(worker, 'message')) as [Uint8Array[]];
      await worker.terminate();
      return points;
    }),
  );
  const expected = lists.map((scalars) =>
    scalars.map((scalar) => curve.encodeG1(curve.multiplyG1(curve.g1, scalar))),
  );
  expect(answers).toEqual(expected);
});

test('instances do not share elements of memory, but elements', async () => {
  const [first, second] = [await loadWasmCurve(), await loadWasmCurve()];
  const point = first.multiplyG1(first.g1, 77n);
  expect(second.addG1(point, second.g1)).toEqual(first.multiplyG1(first.g1, 78n));
  const prepared = first.prepareG2(first.g2);
  expect(
    second.pairingProductIsOne([
      { g1: point, g2: prepared },
      { g1: second.negateG1(point), g2: second.prepareG2(second.g2) },
    ]),
  ).toBe(true);
});
