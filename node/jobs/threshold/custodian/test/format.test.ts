import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type KeyTask, keySchemes } from '../../../../api/index.ts';
import { ThresholdAbort } from '../../errors.ts';
import { decodePage, encodePage } from '../format/catch-up.ts';
import { decodeAddresses, encodeAddresses } from '../format/control.ts';
import { decodeFromCustodian, decodeRequest, encodeRequest } from '../format/envelope.ts';
import { decodeKeyTask, encodeKeyTask } from '../format/key-task.ts';
import { Workload } from '../workload.ts';

const bytes = fc.uint8Array({ maxLength: 64 });
const handle = fc.uint8Array({ minLength: 16, maxLength: 16 });
const scheme = fc.constantFrom(...keySchemes);
const task: fc.Arbitrary<KeyTask> = fc.oneof(
  fc.record({ kind: fc.constant('create' as const), handle, scheme }),
  fc.record({ kind: fc.constant('import' as const), handle, scheme }),
  fc.record({ kind: fc.constant('evaluate' as const), handle, input: bytes }),
  fc.record({ kind: fc.constant('sign' as const), handle, message: bytes }),
  fc.record({ kind: fc.constant('sign' as const), handle, message: bytes, prehashed: fc.constant(true) }),
  fc.record({ kind: fc.constant('power' as const), handle, value: bytes }),
  fc.record({ kind: fc.constant('agree' as const), handle, point: bytes }),
  fc.record({ kind: fc.constant('mac' as const), handle, message: bytes }),
  fc.record({ kind: fc.constant('erase' as const), handle }),
);

test('a task is read as it was written, and two different ones are different bytes', () => {
  fc.assert(fc.property(task, (one) => void expect(decodeKeyTask(encodeKeyTask(one))).toEqual(one)));
  fc.assert(
    fc.property(task, task, (left, right) => {
      const isSame = Buffer.compare(encodeKeyTask(left), encodeKeyTask(right)) === 0;
      if (isSame) expect(left).toEqual(right);
    }),
  );
});

test('requests, pages and addresses are read as they were written', () => {
  const request = fc.record(
    {
      id: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
      kind: fc.constantFrom('a', 'frost.sign', 'custody.head'),
      body: bytes,
      authorised: fc.record({ task: bytes, evidence: bytes }),
    },
    { requiredKeys: ['id', 'kind', 'body'] },
  );
  fc.assert(fc.property(request, (one) => void expect(decodeRequest(encodeRequest(one), 64)).toEqual(one)));
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const sequence = fc.maxSafeNat();
  const page = fc.record({
    since: sequence,
    head: fc.record({ sequence, hash }),
    subjects: fc.array(fc.record({ subject: fc.string({ maxLength: 20 }), sequence, snapshot: bytes })),
    isLast: fc.boolean(),
  });
  fc.assert(fc.property(page, (one) => void expect(decodePage(encodePage(one))).toEqual(one)));
  const addresses = [
    { index: 1, host: '127.0.0.1', port: 4000 },
    { index: 2, host: '::1', port: 65_535 },
  ];
  expect(decodeAddresses(encodeAddresses(addresses))).toEqual(addresses);
  expect(() => decodeAddresses(encodeAddresses([{ index: 1, host: 'localhost', port: 1 }]))).toThrow(
    ThresholdAbort,
  );
});

test('whatever the bytes are, reading ends with a value or with malformed', () => {
  const readers = [
    decodeKeyTask,
    (input: Uint8Array) => decodeRequest(input, 64),
    (input: Uint8Array) => decodeFromCustodian(input, 1),
    (input: Uint8Array) => decodePage(input),
    decodeAddresses,
  ];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
      for (const read of readers) {
        try {
          read(input);
        } catch (error) {
          expect(error).toMatchObject({ name: 'ThresholdAbort', reason: 'malformed' });
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('so many at once, so many behind them, and no more; each in its turn', async () => {
  const workload = new Workload({ runningMax: 2, waitingMax: 3000, waitingBytesMax: 5000 });
  const started: number[] = [];
  const gates = Array.from({ length: 3002 }, () => Promise.withResolvers<void>());
  const runs = gates.map(({ promise }, at) =>
    workload.run(1, async () => {
      started.push(at);
      await promise;
    }),
  );
  expect(started).toEqual([0, 1]);
  expect(workload.run(1, async () => undefined)).toBeUndefined();
  for (const [at, { resolve }] of gates.entries()) {
    resolve();
    await runs[at];
  }
  expect(started).toEqual(gates.map((_, at) => at));
  const { promise, resolve } = Promise.withResolvers<void>();
  const held = [
    workload.run(1, () => promise),
    workload.run(1, () => promise),
    workload.run(5000, () => promise),
  ];
  expect(workload.run(1, () => promise)).toBeUndefined();
  resolve();
  await Promise.all(held);
});
