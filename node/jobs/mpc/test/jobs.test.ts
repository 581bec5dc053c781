/** Circuits that a node is asked about: through the runner, as whoever asks sees it. */
import { afterAll, describe, expect, test } from 'vitest';
import type { CircuitCompilation, CircuitInspection } from '../../../api/index.ts';
import { JobRunner, jobLimits } from '../../index.ts';
import { CircuitBuilder } from '../circuit/builder.ts';
import type { Circuit } from '../circuit/circuit.ts';
import { circuitCommitment, decodeCircuit, encodeCircuit } from '../circuit/encode.ts';

const runner = new JobRunner();
afterAll(() => runner.close());

const inspect = async (encoding: Uint8Array): Promise<CircuitInspection> =>
  JSON.parse(Buffer.from(await runner.run({ kind: 'mpc.inspect', payload: encoding })).toString());

async function compile(
  source: string | Uint8Array,
): Promise<CircuitCompilation & { readonly circuit: Circuit }> {
  const result = Buffer.from(await runner.run({ kind: 'mpc.compile', payload: Buffer.from(source) }));
  const end = 4 + result.readUInt32BE(0);
  return { ...JSON.parse(result.toString('utf8', 4, end)), circuit: decodeCircuit(result.subarray(end)) };
}

const malformed = (message: RegExp | string) => ({
  code: 'malformed',
  message: typeof message === 'string' ? message : expect.stringMatching(message),
});

const bothOf = (inputs: number): Circuit => {
  const builder = new CircuitBuilder();
  const bits = Array.from(
    { length: inputs },
    (_, at) => builder.input(at % 2 === 0 ? 'alice' : 'bob', `i${at}`, 1)[0]!,
  );
  builder.output('both', ['bob'], [builder.and(bits[0]!, bits[1]!)]);
  return builder.build();
};

describe('mpc.inspect', () => {
  test('says what a circuit takes and gives, and its commitment', async () => {
    const circuit = bothOf(2);
    expect(await inspect(encodeCircuit(circuit))).toEqual({
      commitment: Buffer.from(circuitCommitment(circuit)).toString('hex'),
      inputs: [
        { party: 'alice', name: 'i0', bits: 1 },
        { party: 'bob', name: 'i1', bits: 1 },
      ],
      outputs: [{ name: 'both', to: ['bob'], bits: 1 }],
      ands: 1,
      gates: 1,
      layers: 1,
    });
  });

  test('refuses what is no circuit, and what has more ports than a record', async () => {
    const encoding = encodeCircuit(bothOf(2));
    for (const bad of [
      Buffer.alloc(0),
      encoding.subarray(0, -1),
      Buffer.concat([encoding, Buffer.alloc(1)]),
    ]) {
      await expect(inspect(bad)).rejects.toMatchObject(malformed(/circuit/));
    }
    await expect(inspect(encodeCircuit(bothOf(jobLimits.circuitPortsMax)))).rejects.toMatchObject(
      malformed(/1025 inputs and outputs/),
    );
  });
});

describe('mpc.compile', () => {
  const sum = `import type { u32 } from 'hypergate:mpc';
export default function main(alice: { a: u32 }, bob: { b: u32 }) {
  return { all: { sum: alice.a + bob.b } };
}
`;

  test('gives the circuit of a source, its types, and what an inspection says', async () => {
    const { circuit, inspection, warnings, interface: types } = await compile(sum);
    expect(inspection).toEqual(await inspect(encodeCircuit(circuit)));
    expect(inspection.inputs.map(({ party, bits }) => [party, bits])).toEqual([
      ['alice', 32],
      ['bob', 32],
    ]);
    expect(types).toMatchObject({ version: 1, parties: ['alice', 'bob'] });
    expect(warnings).toEqual([]);
  });

  test('tells what is odd about a source with its place', async () => {
    const { warnings } = await compile(sum.replace('{ b: u32 }', '{ b: u32; c: u32 }'));
    expect(warnings).toEqual([expect.stringMatching(/^\d+:\d+: .*c/)]);
  });

  test('refuses a source with an error, and one that is no text', async () => {
    await expect(compile('x')).rejects.toMatchObject(malformed(/^source\.mpc\.ts:1:1: /));
    await expect(compile(Buffer.of(0xff))).rejects.toMatchObject(malformed('the source is not UTF-8'));
  });
});
