/** Circuits and runs for tests of the three-party level. */
import { type Bit, CircuitBuilder } from '../../circuit/builder.ts';
import type { Circuit } from '../../circuit/circuit.ts';
import { evaluate } from '../../circuit/evaluate.ts';
import { MpcAbort } from '../../errors.ts';
import { threeParty } from '../../levels/three-party/index.ts';
import type { ProtocolOutputs, ProtocolRun } from '../../protocol.ts';
import type { Interceptor } from './memory-channel.ts';
import { type PartyResult, type PartyRun, runParties } from './run-parties.ts';
import { seededRandom } from './seeded-random.ts';

export const roles = ['p1', 'p2', 'p3'] as const;

/** Everybody who can hold an input, alone or together. */
export const holders = ['p1', 'p2', 'p3', 'p1+p2', 'p1+p3', 'p2+p3', 'p1+p2+p3'] as const;

export interface CircuitSize {
  /** Bits by holders; those left out have no input. */
  readonly inputs: Partial<Record<(typeof holders)[number], number>>;
  readonly gates: number;
  /** Outputs to these; every second output is of single gates, the last one of everything. */
  readonly to: readonly (readonly string[])[];
}

/** Random numbers below a bound, from a seed. */
export function seededNumbers(seed: string): (below: number) => number {
  const random = seededRandom(seed);
  return (below) => Buffer.from(random(4)).readUInt32LE() % below;
}

export function randomCircuit(seed: string, { inputs, gates, to }: CircuitSize): Circuit {
  const below = seededNumbers(seed);
  const builder = new CircuitBuilder();
  const bits: Bit[] = [];
  for (const [party, count] of Object.entries(inputs)) bits.push(...builder.input(party, 'x', count));
  const inputBits = bits.length;
  while (bits.length < inputBits + gates) {
    const [a, b] = [bits[below(bits.length)]!, bits[below(bits.length)]!];
    const kind = below(8);
    bits.push(kind < 4 ? builder.and(a, b) : kind < 7 ? builder.xor(a, b) : builder.not(a));
  }
  for (const [index, parties] of to.entries()) {
    const some = Array.from({ length: 1 + below(12) }, () => bits[below(bits.length)]!);
    builder.output(`o${index}`, parties, index === to.length - 1 ? [...some, ...bits.slice(-40)] : some);
  }
  return builder.build();
}

export function randomInputs(seed: string, circuit: Circuit): Uint8Array[] {
  const random = seededRandom(seed);
  return circuit.inputs.map(({ bits }) => Uint8Array.from(random(bits), (byte) => byte & 1));
}

/** What each party must get: bits of the outputs that go to it. */
export function expectedOutputs({ circuit, inputs }: PartyRun, party: string): ProtocolOutputs {
  const all = evaluate(circuit, inputs);
  return circuit.outputs.map(({ to }, index) => (to.includes(party) ? all[index] : undefined));
}

/** What one party does of its own. */
export interface Deviation {
  readonly party: string;
  /** In place of the run that the others do. */
  readonly run?: (run: ProtocolRun) => ProtocolRun;
  readonly intercept?: Interceptor;
}

/**
 * The parties run as agreed but for one, whose inputs are those of `runs` before it changes them.
 * @param seen sees what the others send
 */
export function runDeviating(
  runs: readonly PartyRun[],
  seed: string,
  { party, run: deviate, intercept }: Deviation,
  seen: Interceptor = (_from, _number, message) => [message],
): Promise<PartyResult[]> {
  return runParties(threeParty, runs, {
    roles,
    seed,
    intercept: (from, number, message) =>
      from === party && intercept !== undefined
        ? intercept(from, number, message)
        : seen(from, number, message),
    change: (me, run) => (me === party && deviate !== undefined ? deviate(run) : run),
  });
}

/** Fails unless what honest parties got is right and whatever else happened to them is an abort. @returns their aborts */
export function checkHonest(
  results: readonly PartyResult[],
  runs: readonly PartyRun[],
  deviating: string,
): MpcAbort[] {
  const aborts: MpcAbort[] = [];
  for (const { party, outputs, error } of results) {
    if (party === deviating) continue;
    for (const [index, output] of outputs.entries()) {
      const expected = expectedOutputs(runs[index]!, party);
      if (JSON.stringify(plain(output)) !== JSON.stringify(plain(expected))) {
        throw new Error(`${party} took a wrong output of run ${index}`);
      }
    }
    if (error === undefined) {
      if (outputs.length !== runs.length) throw new Error(`${party} stopped without an error`);
    } else if (error instanceof MpcAbort) aborts.push(error);
    else throw error;
  }
  return aborts;
}

/** Outputs in a form that compares and prints well. */
export function plain(outputs: ProtocolOutputs): (string | null)[] {
  return outputs.map((bits) => (bits === undefined ? null : bits.join('')));
}
