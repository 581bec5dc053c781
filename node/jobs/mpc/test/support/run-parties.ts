/** Runs a protocol with all its parties in this process. */

import type { Channel } from '../../channel.ts';
import type { Circuit } from '../../circuit/circuit.ts';
import type { Protocol, ProtocolOutputs } from '../../protocol.ts';
import { type Interceptor, memoryChannels } from './memory-channel.ts';
import { seededRandom } from './seeded-random.ts';

export interface PartiesOptions {
  readonly roles: readonly string[];
  readonly seed: string;
  readonly intercept?: Interceptor;
}

export interface PartyResult {
  readonly party: string;
  readonly outputs?: ProtocolOutputs;
  readonly error?: unknown;
}

/**
 * @param inputs bits of every input, in the order of the circuit
 * @returns how it ended for each party, in the order of the roles. A party that fails ends its connections
 */
export async function runParties(
  protocol: Protocol,
  circuit: Circuit,
  inputs: readonly Uint8Array[],
  { roles, seed, intercept }: PartiesOptions,
): Promise<PartyResult[]> {
  const channels = new Map(roles.map((role) => [role, new Map<string, Channel & { end(): void }>()]));
  for (const [index, a] of roles.entries()) {
    for (const b of roles.slice(index + 1)) {
      const [ofA, ofB] = memoryChannels(a, b, intercept);
      channels.get(a)!.set(b, ofA);
      channels.get(b)!.set(a, ofB);
    }
  }
  const runId = seededRandom(`${seed} run`)(32);
  return Promise.all(
    roles.map(async (party): Promise<PartyResult> => {
      const own = channels.get(party)!;
      try {
        const outputs = await protocol({
          circuit,
          roles,
          me: party,
          channels: own,
          inputs: circuit.inputs.map((input, index) => (input.party === party ? inputs[index] : undefined)),
          random: seededRandom(`${seed} ${party}`),
          runId,
        });
        return { party, outputs };
      } catch (error) {
        for (const channel of own.values()) channel.end();
        return { party, error };
      }
    }),
  );
}
