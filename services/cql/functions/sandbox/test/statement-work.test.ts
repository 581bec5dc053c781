/** What one statement may cost, with real functions and small limits. */
import { expect, test } from 'vitest';
import { bytesOfInt32 } from '../../../types/binary.ts';
import { asStatement, StatementWork } from '../../statement-work.ts';
import { Sandbox } from '../index.ts';
import { sandboxLimits } from '../limits.ts';
import { compile, schemaOf } from './support.ts';

const { callStepsLeast } = sandboxLimits;
const loop = {
  javascript: 'let s = 0; for (let i = 0; i < n; i++) s += i; s',
  lua: 'local s = 0; for i = 1, n do s = s + i end return s',
};
const languages = ['javascript', 'lua'] as const;

const limits = (changed: Partial<ConstructorParameters<typeof StatementWork>[0]>) =>
  new StatementWork({ statementStepsMax: 1e9, turnStepsMax: 1e9, turnSteps: 1e9, ...changed });

/** Calls that went well before one failed. */
function callsOf(language: 'javascript' | 'lua', work: StatementWork, turns: number[] = []) {
  const fn = compile(['n int'], 'double', loop[language], { language });
  let done = 0;
  const error = asStatement(() => {
    try {
      for (; done < 1000; done++) {
        if (turns.includes(done)) work.nextTurn();
        fn.call([bytesOfInt32(1000)]);
      }
      return undefined;
    } catch (thrown) {
      return thrown;
    }
  }, work);
  return { done, error };
}

test.each(languages)('%s: calls of a statement have a limit together', (language) => {
  const { done, error } = callsOf(language, limits({ statementStepsMax: 40 * callStepsLeast }));
  expect(done).toBeGreaterThan(1);
  expect(done).toBeLessThan(40);
  expect(error).toMatchObject({
    code: 'functionFailure',
    message: "execution of 'ks.f[int]' failed: the functions of the statement took too much work together",
    details: { kind: 'functionFailure', keyspace: 'ks', function: 'f', argumentTypes: ['int'] },
  });
  // The next statement begins anew, at the same place.
  expect(callsOf(language, limits({ statementStepsMax: 40 * callStepsLeast })).done).toBe(done);
});

test.each(languages)('%s: calls between two turns have one, which begins anew with each turn', (language) => {
  const turnStepsMax = 40 * callStepsLeast;
  const { done, error } = callsOf(language, limits({ turnStepsMax }));
  expect(error).toMatchObject({ code: 'functionFailure', message: expect.stringContaining('of a row') });
  expect(callsOf(language, limits({ turnStepsMax }), [done]).done).toBe(2 * done);
});

test('a call that is within limits takes as much as one without a statement', () => {
  const fn = compile(['n int'], 'double', 'while (true) {}');
  const alone = 'it took more work than a call may';
  expect(() => fn.call([bytesOfInt32(1)])).toThrow(alone);
  expect(() => asStatement(() => fn.call([bytesOfInt32(1)]))).toThrow(alone);
});

test('a turn is over when its work is done, and the count goes with what is waited for', async () => {
  const work = limits({ turnSteps: 2 * callStepsLeast });
  const fn = compile(['n int'], 'int', 'n');
  await asStatement(async () => {
    expect(work.isTurnOver).toBe(false);
    fn.call([bytesOfInt32(1)]);
    await new Promise((resolve) => setImmediate(resolve));
    fn.call([bytesOfInt32(1)]);
    expect(work.isTurnOver).toBe(true);
    work.nextTurn();
    expect(work.isTurnOver).toBe(false);
  }, work);
});

test('an interpreter is loaded for the first function of its language', () => {
  const own = new Sandbox();
  expect(own.loaded).toEqual([]);
  expect(() => own.compile(schemaOf(['n int'], 'int', 'n', { language: 'cobol' }))).toThrow('not supported');
  expect(own.loaded).toEqual([]);
  own.compile(schemaOf(['n int'], 'int', 'return n', { language: 'lua' }));
  expect(own.loaded).toEqual(['lua']);
});
