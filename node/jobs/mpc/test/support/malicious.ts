/** Circuits, parties and changed messages for tests of the two-party malicious level. */
import { type Bit, CircuitBuilder } from '../../circuit/builder.ts';
import type { Circuit } from '../../circuit/circuit.ts';
import { evaluate } from '../../circuit/evaluate.ts';
import { MpcAbort } from '../../errors.ts';
import { type MaliciousParts, maliciousProtocol } from '../../levels/malicious/session.ts';
import type { Protocol, ProtocolOutputs } from '../../protocol.ts';
import { dealtCot } from './dealt-cot.ts';
import type { Interceptor, Message } from './memory-channel.ts';
import { type PartyResult, type PartyRun, runParties } from './run-parties.ts';
import { seededRandom } from './seeded-random.ts';

export const garbler = 'alice';
export const evaluator = 'bob';
export const roles = [garbler, evaluator] as const;

/** Random numbers below a bound. */
export function seededNumbers(seed: string): (below: number) => number {
  const random = seededRandom(seed);
  return (below) => Buffer.from(random(4)).readUInt32LE() % below;
}

export interface CircuitSize {
  /** Bits of the garbler's and of the evaluator's input. */
  readonly inputs: readonly [number, number];
  readonly gates: number;
}

/** Inputs of both parties and outputs to each and to both; gates read any wire, so that many stay alive. */
export function randomCircuit(seed: string, { inputs, gates }: CircuitSize): Circuit {
  const below = seededNumbers(seed);
  const builder = new CircuitBuilder();
  const bits: Bit[] = [];
  for (const [index, party] of roles.entries()) {
    if (inputs[index]! > 0) bits.push(...builder.input(party, 'x', inputs[index]!));
  }
  const inputBits = bits.length;
  while (bits.length < inputBits + gates) {
    const [a, b] = [bits[below(bits.length)]!, bits[below(bits.length)]!];
    const kind = below(8);
    bits.push(kind < 4 ? builder.and(a, b) : kind < 7 ? builder.xor(a, b) : builder.not(a));
  }
  const some = () => Array.from({ length: 1 + below(12) }, () => bits[below(bits.length)]!);
  builder.output('a', [garbler], some());
  builder.output('b', [evaluator], some());
  builder.output('both', [evaluator, garbler], [...some(), ...bits.slice(-40)]);
  return builder.build();
}

/**
 * Layers of as many AND gates as there are input bits, each of one wire of the layer before and another one there: every input is read by
 * AND gates.
 */
export function layeredCircuit(bits: number, layers: number): Circuit {
  const below = seededNumbers('layered');
  const builder = new CircuitBuilder();
  let wires: Bit[] = [...builder.input(garbler, 'x', bits), ...builder.input(evaluator, 'y', bits)];
  for (let layer = 0; layer < layers; layer++) {
    const before = wires;
    const another = (i: number) => before[(i + 1 + below(before.length - 1)) % before.length]!;
    wires = before.map((wire, i) => builder.xor(builder.and(wire, another(i) ^ (i & 1)), another(i)));
  }
  builder.output('a', [garbler], wires.slice(0, bits));
  builder.output('b', [evaluator], wires.slice(bits));
  return builder.build();
}

export function randomInputs(seed: string, circuit: Circuit): Uint8Array[] {
  const random = seededRandom(seed);
  return circuit.inputs.map(({ bits }) => Uint8Array.from(random(bits), (byte) => byte & 1));
}

export function randomRuns(seed: string, count: number, size: CircuitSize): PartyRun[] {
  return Array.from({ length: count }, (_, index) => {
    const circuit = randomCircuit(`${seed} ${index}`, size);
    return { circuit, inputs: randomInputs(`${seed} ${index}`, circuit) };
  });
}

/** Both parties follow the protocol but for what is given for one of them. Transfers come from a dealer. */
export function protocolWith(
  seed: string,
  both: Partial<MaliciousParts> = {},
  given: { readonly [party: string]: Partial<MaliciousParts> } = {},
): Protocol {
  const cot = dealtCot(seed);
  return (setup) => maliciousProtocol({ ...cot, ...both, ...given[setup.me] })(setup);
}

export function expectedOutputs({ circuit, inputs }: PartyRun, party: string): ProtocolOutputs {
  const all = evaluate(circuit, inputs);
  return circuit.outputs.map(({ to }, index) => (to.includes(party) ? all[index] : undefined));
}

/** @throws when outputs of an honest party are not right, or it ended neither with them nor with an abort. @returns the abort */
export function honestEnd(result: PartyResult, runs: readonly PartyRun[]): MpcAbort | undefined {
  for (const [index, outputs] of result.outputs.entries()) {
    if (text(outputs) !== text(expectedOutputs(runs[index]!, result.party))) {
      throw new Error(`${result.party} took a wrong output of run ${index}`);
    }
  }
  if (result.error instanceof MpcAbort) return result.error;
  if (result.error !== undefined) throw result.error;
  if (result.outputs.length !== runs.length) throw new Error(`${result.party} stopped without an error`);
  return undefined;
}

const text = (outputs: ProtocolOutputs) => outputs.map((bits) => bits?.join('') ?? '-').join(' ');

/** Runs, and @returns how it ended for each honest party. */
export async function ends(
  protocol: Protocol,
  runs: readonly PartyRun[],
  seed: string,
  intercept?: Interceptor,
): Promise<{ readonly garbler: MpcAbort | undefined; readonly evaluator: MpcAbort | undefined }> {
  const results = await runParties(protocol, runs, {
    roles,
    seed,
    ...(intercept === undefined ? {} : { intercept }),
  });
  return { garbler: honestEnd(results[0]!, runs), evaluator: honestEnd(results[1]!, runs) };
}

/** Changes the n-th message of a kind from a party. */
export function changeMessage(
  party: string,
  kind: number,
  change: (body: Buffer) => Buffer,
  n = 0,
): Interceptor {
  let seen = 0;
  return (from, _number, message): readonly Message[] => {
    if (from !== party || message.kind !== kind || seen++ !== n) return [message];
    return [{ kind, body: change(Buffer.from(message.body)) }];
  };
}

export function flipBit(bit: number): (body: Buffer) => Buffer {
  return (body) => {
    body[bit >> 3]! ^= 1 << (bit & 7);
    return body;
  };
}
