/** A gateway that is not root ends functions that take more than they have, also where it can only watch them. */
import { expect, test } from 'vitest';
import { runTestsAsNobody } from './nobody.ts';

test('functions do not take more than they have, by the same tests as at a gateway that is root', async () => {
  const { passed, failures } = await runTestsAsNobody('exhaustion', 'processes');
  expect(failures).toEqual([]);
  expect(passed).toBeGreaterThanOrEqual(16);
});
