/** Which protocol runs at which level, and which levels satisfy a demand. */
import { MpcAbort } from '../errors.ts';
import type { Protocol, SecurityLevel } from '../protocol.ts';
import type { SecurityDemand } from './description.ts';

export interface Level {
  readonly protocol: Protocol;
  readonly partiesMin: number;
  readonly partiesMax: number;
}

/** Levels that this program has. */
export type Levels = ReadonlyMap<SecurityLevel, Level>;

/**
 * What satisfies a demand for each level. `malicious` promises more than `three-party`: it holds against all others together.
 */
const satisfiedBy: Readonly<Record<SecurityLevel, readonly SecurityLevel[]>> = {
  'semi-honest': ['semi-honest', 'one-bit-leakage', 'three-party', 'malicious'],
  'one-bit-leakage': ['one-bit-leakage', 'three-party', 'malicious'],
  'three-party': ['three-party', 'malicious'],
  malicious: ['malicious'],
};

/** Levels in which a party that leaves the protocol learns nothing of a key. */
const forKeys: readonly SecurityLevel[] = ['malicious', 'three-party'];

export function satisfies(level: SecurityLevel, demand: SecurityDemand): boolean {
  return satisfiedBy[demand.level].includes(level) && (!demand.keys || forKeys.includes(level));
}

/**
 * The protocol of a level, if it does what is demanded.
 * @throws MpcAbort `refused`
 */
export function protocolFor(
  levels: Levels,
  level: SecurityLevel,
  parties: number,
  demands: readonly SecurityDemand[],
): Protocol {
  for (const demand of demands) {
    if (!satisfies(level, demand)) {
      const what = demand.keys ? `${demand.level}, with keys` : demand.level;
      throw new MpcAbort('refused', undefined, `the level ${level} is weaker than what is demanded: ${what}`);
    }
  }
  const found = levels.get(level);
  if (found === undefined) throw new MpcAbort('refused', undefined, `the level ${level} is not known here`);
  if (parties < found.partiesMin || parties > found.partiesMax) {
    throw new MpcAbort('refused', undefined, `the level ${level} is not for ${parties} parties`);
  }
  return found.protocol;
}
