/** The same to several custodians, of which some may fail. */
import { ThresholdAbort } from '../../errors.ts';

/** @returns those with whom it went well; others do not matter as long as they are few */
export async function deliverAll(
  to: readonly number[],
  deliver: (custodian: number) => Promise<void>,
): Promise<Set<number>> {
  const well = new Set<number>();
  const one = async (custodian: number): Promise<void> => {
    try {
      await deliver(custodian);
      well.add(custodian);
    } catch (error) {
      if (!(error instanceof ThresholdAbort)) throw error;
    }
  };
  await Promise.all(to.map(one));
  return well;
}
