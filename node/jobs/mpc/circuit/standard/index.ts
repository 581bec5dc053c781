/** Standard circuits by name. Each is declared in the file that makes it, with its parameters. */
import { CircuitError } from '../../errors.ts';
import type { Circuit } from '../circuit.ts';
import { aesCircuits } from './aes.ts';
import { comparisonCircuits } from './comparison.ts';
import { hmacCircuits } from './hmac.ts';
import { linearModelCircuits } from './linear-model.ts';
import { maximumCircuits } from './maximum.ts';
import type { StandardCircuit } from './parameters.ts';
import { setIntersectionCircuits } from './set-intersection.ts';
import { sha2Circuits } from './sha2.ts';

export type { Parameter, ParameterTable, StandardCircuit } from './parameters.ts';

export const standardCircuits: ReadonlyMap<string, StandardCircuit> = new Map(
  [
    ...sha2Circuits,
    ...hmacCircuits,
    ...aesCircuits,
    ...comparisonCircuits,
    ...maximumCircuits,
    ...setIntersectionCircuits,
    ...linearModelCircuits,
  ].map((circuit) => [circuit.name, circuit]),
);

/**
 * The same for every party that gives the same parameters.
 * @throws CircuitError for an unknown name, and for parameters that do not fit
 */
export function standardCircuit(name: string, parameters: Readonly<Record<string, unknown>>): Circuit {
  const found = standardCircuits.get(name);
  if (found === undefined) throw new CircuitError(`there is no standard circuit ${JSON.stringify(name)}`);
  return found.build(parameters);
}
