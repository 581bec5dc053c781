import pino from 'pino';
import { expect, it } from 'vitest';
import type { InstanceRow } from '../../model/instance-table.ts';
import { Instance, type InstanceHost } from '../instance.ts';
import type { Serving } from '../serving.ts';

const row: InstanceRow = {
  name: 'shop',
  major: 15,
  phase: 'made',
  source: { kind: 'empty' },
  isStopped: false,
  createdMs: 0,
  masterUser: 'owner',
  parameters: {},
  iamAuthentication: false,
  retentionDays: 1,
};

/** Whose rows are kept as long as `isFull` says no. */
function world() {
  const kept: InstanceRow[] = [];
  const told = { isFull: false, admitted: 0, stopped: 0 };
  const serving = {
    failed: new Promise<string>(() => undefined),
    certifiedLsn: () => undefined,
    earliestRestorableMs: () => undefined,
    latestRestorableMs: () => undefined,
    stop: async () => void told.stopped++,
  } as unknown as Serving;
  const host: InstanceHost = {
    logger: pino({ level: 'silent' }),
    put: async (_, given) => {
      if (told.isFull) throw new Error('the disk is full');
      kept.push(given);
    },
    open: async () => serving,
    admit: () => void told.admitted++,
    cut: () => undefined,
    stateChanged: () => undefined,
    endpoint: () => undefined,
  };
  return { instance: new Instance('db-1', row, host), kept, told, serving };
}

it('an instance that is served says so for the start after a crash, and no longer once it sleeps', async () => {
  const { instance, kept } = world();
  await instance.wake();
  expect(kept.at(-1)?.isServing).toBe(true);
  await instance.close();
  expect(kept.at(-1)?.isServing).toBeUndefined();
});

it('an instance is served and put to sleep also where its row cannot be kept', async () => {
  const { instance, told, serving } = world();
  told.isFull = true;
  expect(await instance.wake()).toBe(serving);
  expect(told.admitted).toBe(1);
  instance.sleepIfIdle(Number.MAX_SAFE_INTEGER, 1);
  await instance.close();
  expect(told.stopped).toBe(1);
  expect(instance.status.reason).toBeUndefined();
});
