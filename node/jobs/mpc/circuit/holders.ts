/**
 * Who knows an input. `CircuitInput.party` is one name, or several in ascending order joined by '+', as in `p1+p2`: all of them
 * know the same bits and each of them gives them. Only levels that say so take inputs of several holders.
 */
import { CircuitError } from '../errors.ts';

const joint = '+';

/**
 * @param party as in `CircuitInput`
 * @throws CircuitError for names that do not ascend, so that a set of holders is written in one way alone
 */
export function holdersOf(party: string): readonly string[] {
  const holders = party.split(joint);
  for (let i = 1; i < holders.length; i++) {
    if (holders[i - 1]! >= holders[i]!)
      throw new CircuitError(`the holders ${JSON.stringify(party)} do not ascend`);
  }
  return holders;
}

/** The name of several holders, in any order. @throws CircuitError when one is named twice */
export function jointParty(holders: readonly string[]): string {
  const party = [...holders].sort().join(joint);
  holdersOf(party);
  return party;
}
