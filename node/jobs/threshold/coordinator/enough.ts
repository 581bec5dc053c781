/** Answers of several custodians, until there are enough. */
import { ThresholdAbort } from '../errors.ts';

/**
 * @param ask throws ThresholdAbort for one that does not answer or answers wrongly
 * @param isEnough of the answers so far
 * @returns answers in the order in which they came: enough, or all there are
 */
export async function untilEnough<Answer>(
  custodians: readonly number[],
  ask: (custodian: number) => Promise<Answer>,
  isEnough: (answers: readonly Answer[]) => boolean,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let left = custodians.length;
  const one = async (custodian: number): Promise<void> => {
    try {
      answers.push(await ask(custodian));
    } catch (error) {
      if (!(error instanceof ThresholdAbort)) throw error;
    }
    left -= 1;
    if (left === 0 || isEnough(answers)) resolve();
  };
  for (const custodian of custodians) one(custodian).catch(reject);
  if (left === 0) resolve();
  await promise;
  return [...answers];
}
