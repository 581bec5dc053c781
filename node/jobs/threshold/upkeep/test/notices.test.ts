import { expect, it } from 'vitest';
import { upkeepLimits as limits } from '../limits.ts';
import { Notices } from '../notices.ts';
import { beginPass, dueMs, nextBeginsMs } from '../pass.ts';

const handleOf = (byte: number) => new Uint8Array(16).fill(byte);

function clocked() {
  const clock = { ms: 0 };
  return { clock, notices: new Notices(() => clock.ms) };
}

it('a key is looked at once however often it is noticed, and left alone for a while after', () => {
  const { clock, notices } = clocked();
  expect(notices.add(handleOf(1))).toBe(true);
  expect(notices.add(handleOf(1))).toBe(false);
  expect(notices.due()).toBeUndefined();
  expect(notices.dueIn()).toBe(limits.noticeMs);
  clock.ms += limits.noticeMs;
  notices.done(notices.due()!);
  expect(notices.add(handleOf(1))).toBe(false);
  expect(notices.dueIn()).toBeUndefined();
  clock.ms += limits.againMs;
  expect(notices.add(handleOf(1))).toBe(true);
});

it('what fails is tried later and later, and given up at last; what is hopeless at once', () => {
  const { clock, notices } = clocked();
  notices.add(handleOf(1));
  const pauses: number[] = [];
  for (;;) {
    const pause = notices.dueIn()!;
    pauses.push(pause);
    clock.ms += pause;
    if (notices.failed(notices.due()!, false)) break;
  }
  expect(pauses).toHaveLength(limits.attemptsMax);
  expect(pauses.slice(1)).toEqual([...pauses.slice(1)].sort((left, right) => left - right));
  expect(pauses.at(-1)).toBeLessThanOrEqual(limits.retryMsMax);
  expect(notices.add(handleOf(1))).toBe(false);
  notices.add(handleOf(2));
  clock.ms += limits.noticeMs;
  expect(notices.failed(notices.due()!, true)).toBe(true);
  expect(notices.size).toBe(0);
});

it('one that fails does not keep others waiting, and no more than a limit wait', () => {
  const { clock, notices } = clocked();
  notices.add(handleOf(1));
  notices.add(handleOf(2));
  clock.ms += limits.noticeMs;
  notices.failed(notices.due()!, false);
  expect(notices.due()!.handle).toEqual(handleOf(2));
  for (let number = 0; number < limits.noticedMax + 10; number += 1) {
    const handle = handleOf(7);
    new DataView(handle.buffer).setUint32(0, number);
    notices.add(handle);
  }
  expect(notices.size).toBe(limits.noticedMax);
});

it('keys have their moments over the period, whatever the clock does; what was asked for is due at once', () => {
  const pass = beginPass(1000, false, undefined);
  expect(dueMs(pass, handleOf(0), 1000, 1000)).toBe(1000);
  expect(dueMs(pass, handleOf(0x80), 1000, 1000)).toBe(1501);
  expect(dueMs(pass, handleOf(0xff), 1000, 5000)).toBe(1999);
  // The clock was set back.
  expect(dueMs(pass, handleOf(0x80), 1000, 200)).toBe(701);
  expect(nextBeginsMs(pass, 1000, 200)).toBe(1200);
  expect(nextBeginsMs(pass, 1000, 1500)).toBe(2000);
  // Nobody was there for long.
  expect(nextBeginsMs(pass, 1000, 9000)).toBe(8000);
  expect(dueMs(beginPass(1000, true, pass), handleOf(0xff), 1000, 1100)).toBe(1100);
});
