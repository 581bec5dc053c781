/** What a caller is told when custodians do not do what was asked of them. */
import { getEventListeners } from 'node:events';
import { CustodyError } from '@hypergate/node/api';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { explained } from '../store/use-key.ts';
import { within } from '../store/within.ts';

const logger = pino({ level: 'silent' });
const facts = { task: 'sign', reference: 'r' } as const;
const told = (error: unknown, signal?: AbortSignal) => explained(error, { ...facts, signal }, logger);

describe('an error of custody', () => {
  test.each([
    ['unavailable', 'Too few custodians are available. The request can be retried.'],
    ['refused', 'An internal error occurred. The request can be retried.'],
    ['unknown-key', 'An internal error occurred. The request can be retried.'],
    ['invalid', 'An internal error occurred. The request can be retried.'],
  ] as const)('%s', (reason, message) => {
    const error = told(new CustodyError(reason, 'words for the log'));
    expect(error).toMatchObject({ code: 'KMSInternalException', status: 500, message });
  });

  test('after the time was over is one of time, whatever it says', () => {
    const late = AbortSignal.any([
      new AbortController().signal,
      AbortSignal.abort(new DOMException('the time is over', 'TimeoutError')),
    ]);
    for (const error of [new CustodyError('unavailable', 'cut'), new DOMException('cut', 'AbortError')])
      expect(told(error, late)).toMatchObject({ code: 'DependencyTimeoutException', status: 503 });
  });

  test('after the caller left is passed on', () => {
    const error = new DOMException('cut', 'AbortError');
    expect(told(error, AbortSignal.abort())).toBe(error);
  });
});

describe('work within a time', () => {
  const ended = (signal: AbortSignal) =>
    new Promise<unknown>((resolve) => {
      if (signal.aborted) resolve(signal.reason);
      signal.addEventListener('abort', () => resolve(signal.reason));
    });

  test('ends with it, as told by the signal', async () => {
    expect(await within(1, undefined, ended)).toMatchObject({ name: 'TimeoutError' });
    expect(await within(1, new AbortController().signal, ended)).toMatchObject({ name: 'TimeoutError' });
  });

  test('ends with the call', async () => {
    const call = new AbortController();
    const work = within(1e9, call.signal, ended);
    call.abort('the caller left');
    expect(await work).toBe('the caller left');
    expect(await within(1e9, call.signal, ended)).toBe('the caller left');
  });

  test('that is done leaves nothing behind', async () => {
    const call = new AbortController();
    let kept: AbortSignal | undefined;
    const listeners = () => getEventListeners(call.signal, 'abort').length;
    const done = await within(1e9, call.signal, async (signal) => {
      kept = signal;
      return listeners();
    });
    expect([done, listeners()]).toEqual([1, 0]);
    call.abort();
    expect(kept!.aborted).toBe(false);
  });
});
