/** Circuits of benchmarks, by name, so that parties in several processes have the same ones. */
import { type Bit, CircuitBuilder } from '../circuit/builder.ts';
import type { Circuit } from '../circuit/circuit.ts';
import { evaluate } from '../circuit/evaluate.ts';
import { standardCircuit } from '../circuit/standard/index.ts';
import { batchAndsMax } from '../levels/malicious/bucket-size.ts';
import { seededRandom } from '../test/support/seeded-random.ts';

const circuits = {
  /** One AND gate: what a run costs beside its gates. */
  'one-and': (parties: readonly string[]) => layeredCircuit(parties, 1, 1),
  'sha-256-compression': (parties: readonly string[]) =>
    standardCircuit('sha-256-compression', { parties: [...parties] }),
  'aes-128': (parties: readonly string[]) => standardCircuit('aes-128', { parties: [...parties] }),
  'layers-64k': (parties: readonly string[]) => layeredCircuit(parties, 65_536, 4096),
  /** As many as the malicious level makes at once at most, so that none are left for the next run. */
  'layers-300k': (parties: readonly string[]) => layeredCircuit(parties, batchAndsMax, 4096),
} as const;

export type BenchCircuit = keyof typeof circuits;

export interface BenchCase {
  readonly circuit: Circuit;
  /** Of all parties: the same in every process. */
  readonly inputs: readonly Uint8Array[];
  readonly expected: readonly Uint8Array[];
}

const made = new Map<string, BenchCase>();

/** @param parties the first two give the inputs, all learn the outputs. @returns the same object each time */
export function benchCase(name: BenchCircuit, parties: readonly string[]): BenchCase {
  const key = [name, ...parties].join(' ');
  const found = made.get(key);
  if (found !== undefined) return found;
  const circuit = circuits[name](parties);
  const random = seededRandom(key);
  const inputs = circuit.inputs.map(({ bits }) => random(bits).map((byte) => byte & 1));
  const each = { circuit, inputs, expected: evaluate(circuit, inputs) };
  made.set(key, each);
  return each;
}

/** Layers of AND gates, each of a wire of the layer before with one of two layers before, and one XOR gate for each. */
export function layeredCircuit(parties: readonly string[], ands: number, width: number): Circuit {
  const builder = new CircuitBuilder();
  const wires: Bit[] = [...builder.input(parties[0]!, 'x', width), ...builder.input(parties[1]!, 'y', width)];
  for (let count = 0, layer = 0; count < ands; count += width, layer++) {
    const [to, from] = layer % 2 === 0 ? [0, width] : [width, 0];
    const next = Array.from({ length: width }, (_, i) => {
      const other = wires[from + ((i + layer) % width)]!;
      return builder.xor(builder.and(wires[to + i]!, other), wires[to + ((i + 1) % width)]!);
    });
    wires.splice(to, width, ...next);
  }
  builder.output('x', parties, wires.slice(0, width));
  builder.output('y', parties, wires.slice(width));
  return builder.build();
}
