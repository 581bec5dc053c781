/** Runs a protocol with all its parties in this process. */

import type { Channel } from '../../channel.ts';
import type { Circuit } from '../../circuit/circuit.ts';
import { holdersOf } from '../../circuit/holders.ts';
import type { Protocol, ProtocolOutputs, ProtocolRun } from '../../protocol.ts';
import { type Interceptor, memoryChannels } from './memory-channel.ts';
import { seededRandom } from './seeded-random.ts';

export interface PartiesOptions {
  readonly roles: readonly string[];
  readonly seed: string;
  readonly intercept?: Interceptor;
  /** What a party runs in place of what was agreed: it may deviate, or add what it alone has. */
  readonly change?: (me: string, run: ProtocolRun, index: number) => ProtocolRun;
}

export interface PartyRun {
  readonly circuit: Circuit;
  /** Bits of every input, in the order of the circuit. */
  readonly inputs: readonly Uint8Array[];
}

export interface PartyResult {
  readonly party: string;
  /** By run, of those that came to their end. */
  readonly outputs: readonly ProtocolOutputs[];
  readonly error?: unknown;
}

/** @returns how it ended for each party, in the order of the roles. A party that fails ends its connections */
export async function runParties(
  protocol: Protocol,
  runs: readonly PartyRun[],
  { roles, seed, intercept, change = (_me, run) => run }: PartiesOptions,
): Promise<PartyResult[]> {
  const channels = new Map(roles.map((role) => [role, new Map<string, Channel & { end(): void }>()]));
  for (const [index, a] of roles.entries()) {
    for (const b of roles.slice(index + 1)) {
      const [ofA, ofB] = memoryChannels(a, b, intercept);
      channels.get(a)!.set(b, ofA);
      channels.get(b)!.set(a, ofB);
    }
  }
  const shared = seededRandom(`${seed} shared`);
  const sessionId = shared(32);
  const runIds = runs.map(() => shared(32));
  return Promise.all(
    roles.map(async (me): Promise<PartyResult> => {
      const own = channels.get(me)!;
      const outputs: ProtocolOutputs[] = [];
      try {
        const random = seededRandom(`${seed} ${me}`);
        const open = await protocol({ roles, me, channels: own, random, sessionId });
        for (const [index, { circuit, inputs }] of runs.entries()) {
          const known = circuit.inputs.map(({ party }, input) =>
            holdersOf(party).includes(me) ? inputs[input] : undefined,
          );
          const agreed = { circuit, inputs: known, runId: runIds[index]! };
          outputs.push(await open.run(change(me, agreed, index)));
        }
        return { party: me, outputs };
      } catch (error) {
        for (const channel of own.values()) channel.end();
        return { party: me, outputs, error };
      }
    }),
  );
}
