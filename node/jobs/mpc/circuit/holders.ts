/**
 * Who knows an input. `CircuitInput.party` is one name, or several in ascending order joined by '+', as in `p1+p2`: all of them
 * know the same bits and each of them gives them. Only levels that say so take inputs of several holders.
 */
import { CircuitError } from '../errors.ts';
import type { Circuit } from './circuit.ts';

const separator = '+';

/**
 * @param party as in `CircuitInput`
 * @throws CircuitError for names that do not ascend, so that a set of holders is written in one way alone
 */
export function holdersOf(party: string): readonly string[] {
  const holders = party.split(separator);
  for (let i = 1; i < holders.length; i++) {
    if (holders[i - 1]! >= holders[i]!)
      throw new CircuitError(`the holders ${JSON.stringify(party)} do not ascend`);
  }
  return holders;
}

/** The name of several holders, in any order. @throws CircuitError when one is named twice */
export function jointParty(holders: readonly string[]): string {
  const party = [...holders].sort().join(separator);
  holdersOf(party);
  return party;
}

/**
 * Everybody who holds an input or gets an output, each once. `Circuit.parties` has holders of a joint input as they are written
 * there: a level that knows nothing of such inputs finds no role for `p1+p2` and refuses.
 */
export function everybodyOf({ parties }: Pick<Circuit, 'parties'>): readonly string[] {
  return [...new Set(parties.flatMap(holdersOf))];
}
