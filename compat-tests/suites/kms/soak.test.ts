/** The soak of KMS at a size for every change; `npm run soak kms` has the full one, with its bound of calls that fail visibly. */
import { expect, test } from 'vitest';
import { runKmsSoak } from '../../soak/kms/loop.ts';

test('no answer is wrong and no call is lost while custodians are killed one after the other', async () => {
  const lines: string[] = [];
  const result = await runKmsSoak({
    calls: 200,
    seed: '1',
    killEveryMs: 2_500,
    workers: 3,
    report: (line) => lines.push(line),
  });
  expect(result, lines.join('\n')).toMatchObject({ wrongAnswers: 0, failedCalls: 0 });
  expect(result.calls).toBeGreaterThanOrEqual(200);
  expect(result.kills).toBeGreaterThan(0);
});
