/** What a caller is told when custodians do not do what was asked of them. */
import { CustodyError } from '@hypergate/node/api';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { explained } from '../store/use-key.ts';

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
