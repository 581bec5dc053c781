/** The two-party malicious level with honest parties: every circuit gives what plain evaluation gives, to its parties alone. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bitsOfBytes, bytesOfBits } from '../circuit/bits.ts';
import { CircuitBuilder, FALSE, TRUE } from '../circuit/builder.ts';
import { standardCircuit } from '../circuit/standard/index.ts';
import { CircuitError } from '../errors.ts';
import { batchAndsMax } from '../levels/malicious/bucket-size.ts';
import { malicious } from '../levels/malicious/index.ts';
import { kinds } from '../levels/malicious/kinds.ts';
import { makePlan } from '../levels/malicious/plan.ts';
import {
  ends,
  evaluator,
  garbler,
  layeredCircuit,
  protocolWith,
  randomCircuit,
  randomInputs,
  randomRuns,
  roles,
} from './support/malicious.ts';
import { runParties } from './support/run-parties.ts';

const clean = { garbler: undefined, evaluator: undefined };

test('random circuits, several runs of a session, in pieces of any size', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string(),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 60 }),
      async (seed, mine, theirs, gates, ands, gatesMax) => {
        const runs = randomRuns(seed, 3, { inputs: [mine, theirs], gates });
        const planOf = (circuit: (typeof runs)[number]['circuit']) =>
          makePlan(circuit, { ands, gates: gatesMax });
        expect(await ends(protocolWith(seed, { planOf }), runs, seed)).toEqual(clean);
      },
    ),
    { numRuns: 25 },
  );
});

test('the whole protocol with its own transfers, several runs', async () => {
  const runs = randomRuns('whole', 3, { inputs: [40, 30], gates: 900 });
  expect(await ends(malicious, runs, 'whole')).toEqual(clean);
});

test('a circuit of several pieces and batches of transfers', async () => {
  const circuit = layeredCircuit(400, 50);
  expect(circuit.ands).toBeGreaterThan(2 * 16_384);
  const runs = [{ circuit, inputs: randomInputs('large', circuit) }];
  expect(await ends(protocolWith('large'), runs, 'large')).toEqual(clean);
});

test('AES-128 of a key and a block that different parties hold (FIPS 197, C.1)', async () => {
  const circuit = standardCircuit('aes-128', { parties: roles, to: [evaluator] });
  const bits = (hex: string) => bitsOfBytes(Buffer.from(hex, 'hex'));
  const inputs = [bits('000102030405060708090a0b0c0d0e0f'), bits('00112233445566778899aabbccddeeff')];
  const results = await runParties(protocolWith('aes'), [{ circuit, inputs }], { roles, seed: 'aes' });
  expect(results.map(({ error }) => error)).toEqual([undefined, undefined]);
  expect(results[0]!.outputs).toEqual([[undefined]]);
  const block = bytesOfBits(results[1]!.outputs[0]![0]!);
  expect(block.toString('hex')).toBe('69c4e0d86a7b0430d8cdb78070b4c55a');
});

test('a circuit that needs more ANDs than the largest batch gives', async () => {
  const circuit = layeredCircuit(2048, 78);
  expect(circuit.ands).toBeGreaterThan(batchAndsMax);
  const runs = [{ circuit, inputs: randomInputs('batches', circuit) }];
  expect(await ends(protocolWith('batches'), runs, 'batches')).toEqual(clean);
});

test('inputs of one party alone, by either', async () => {
  for (const inputs of [
    [12, 0],
    [0, 12],
  ] as const) {
    const runs = randomRuns('one sided', 2, { inputs, gates: 60 });
    expect(await ends(protocolWith('one sided'), runs, 'one sided')).toEqual(clean);
  }
});

test('circuits without AND gates, constants, and wires that are input and output at once', async () => {
  const builder = new CircuitBuilder();
  const [a, b] = [builder.input(garbler, 'x', 3), builder.input(evaluator, 'y', 3)];
  builder.output('same', [evaluator], [a[0]!, a[0]!, b[1]!, a[1]! ^ 1]);
  builder.output('other', [garbler], [b[0]!, builder.xor(a[2]!, b[2]!), FALSE, TRUE, b[1]! ^ 1]);
  const circuit = builder.build();
  const runs = ['1', '2', '3', '4'].map((seed) => ({ circuit, inputs: randomInputs(seed, circuit) }));
  expect(await ends(protocolWith('linear'), runs, 'linear')).toEqual(clean);
});

test('authenticated ANDs that are left are used by the next run', async () => {
  const circuit = layeredCircuit(16, 2);
  const runs = ['1', '2', '3', '4'].map((seed) => ({ circuit, inputs: randomInputs(seed, circuit) }));
  let batches = 0;
  const result = await ends(protocolWith('pool'), runs, 'pool', (_from, _number, message) => {
    if (message.kind === kinds.equalityCommitment) batches++;
    return [message];
  });
  expect(result).toEqual(clean);
  expect(batches).toBe(1);
});

test('masked bits are balanced, whatever the bits that they hide', async () => {
  const circuit = layeredCircuit(2000, 2);
  const inputs = [new Uint8Array(2000), new Uint8Array(2000).fill(1)];
  const counts = new Map<number, { ones: number; all: number }>();
  const parts: Record<number, number> = {
    [kinds.garblerInputs]: 2000,
    [kinds.evaluatorInputs]: 2000,
    [kinds.maskedBits]: circuit.ands,
    [kinds.productDifferences]: 2 * circuit.ands,
  };
  const result = await ends(
    protocolWith('masks'),
    [{ circuit, inputs }],
    'masks',
    (_from, _number, message) => {
      const bits = parts[message.kind];
      if (bits !== undefined) {
        const count = counts.get(message.kind) ?? { ones: 0, all: 0 };
        for (let i = 0; i < bits; i++) count.ones += (message.body[i >> 3]! >> (i & 7)) & 1;
        count.all += bits;
        counts.set(message.kind, count);
      }
      return [message];
    },
  );
  expect(result).toEqual(clean);
  expect(counts.size).toBe(4);
  for (const { ones, all } of counts.values()) {
    // Five standard deviations.
    expect(Math.abs(ones - all / 2)).toBeLessThan(2.5 * Math.sqrt(all));
  }
});

test('what is said of a run depends on its masks, not on its inputs: both inputs give messages of the same lengths', async () => {
  const circuit = randomCircuit('lengths', { inputs: [20, 20], gates: 200 });
  const lengths = async (bit: number) => {
    const seen: string[] = [];
    const inputs = circuit.inputs.map(({ bits }) => new Uint8Array(bits).fill(bit));
    await ends(protocolWith('lengths'), [{ circuit, inputs }], 'lengths', (from, _number, { kind, body }) => {
      seen.push(`${from} ${kind} ${body.length}`);
      return [{ kind, body }];
    });
    return seen;
  };
  expect(await lengths(0)).toEqual(await lengths(1));
});

test('calls that do not fit are refused before anything is sent, and the session goes on', async () => {
  const circuit = layeredCircuit(8, 1);
  const inputs = randomInputs('misuse', circuit);
  const protocol = protocolWith('misuse');
  const results = await runParties(
    async (setup) => {
      const open = await protocol(setup);
      return {
        run: async (run) => {
          const wrong = run.inputs.map((bits) => bits?.subarray(1));
          await expect(open.run({ ...run, inputs: wrong })).rejects.toThrow(CircuitError);
          const stranger = { ...circuit, parties: [...circuit.parties, 'carol'] };
          await expect(open.run({ ...run, circuit: stranger })).rejects.toThrow(CircuitError);
          const first = open.run(run);
          await expect(open.run(run)).rejects.toThrow('follow each other');
          return first;
        },
      };
    },
    [{ circuit, inputs }],
    { roles, seed: 'misuse' },
  );
  expect(results.map(({ error }) => error)).toEqual([undefined, undefined]);
});

test('roles that are not two are refused', async () => {
  for (const wrong of [['alice'], ['alice', 'bob', 'carol'], ['alice', 'alice']]) {
    const setup = {
      roles: wrong,
      me: 'alice',
      channels: new Map(),
      random: Buffer.alloc,
      sessionId: Buffer.alloc(32),
    };
    await expect(protocolWith('roles')(setup)).rejects.toThrow(CircuitError);
  }
});
