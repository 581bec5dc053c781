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

/** For levels whose inputs have one holder each. @throws CircuitError for an input of several */
export function refuseJointInputs({ inputs }: Pick<Circuit, 'inputs'>): void {
  const joint = inputs.find(({ party }) => holdersOf(party).length > 1);
  if (joint !== undefined)
    throw new CircuitError(`input ${joint.name} of ${joint.party} has several holders`);
}
