/**
 * Circuits that our exporter wrote, in an implementation of authenticated garbling that is not ours: it reads the same text and computes
 * what evaluation in the clear says, and so does our malicious level on what our importer makes of that text.
 */

import { randomBytes } from 'node:crypto';
import { duplexPair } from 'node:stream';
import {
  type Bit,
  type Circuit,
  CircuitBuilder,
  circuitCommitment,
  evaluate,
  levels,
} from '@hypergate/node/jobs/mpc';
import { exportBristol, importBristol, portsOf } from '@hypergate/node/jobs/mpc/circuit/bristol';
import { standardCircuit } from '@hypergate/node/jobs/mpc/circuit/standard';
import { add } from '@hypergate/node/jobs/mpc/circuit/words';
import { newIdentity, openSession, overStream } from '@hypergate/node/jobs/mpc/session';
import { expect, test } from 'vitest';
import { runEmpWasm } from '../../lib/emp-wasm.ts';
import { SeededRandom } from '../../lib/random.ts';

const parties = ['alice', 'bob'] as const;
const seed = process.env.HYPERGATE_SEED ?? randomBytes(4).toString('hex');

function adder(): Circuit {
  const builder = new CircuitBuilder();
  const [a, b] = [builder.input('alice', 'a', 8), builder.input('bob', 'b', 8)];
  builder.output('sum', parties, add(builder, a, b));
  return builder.build();
}

/** Some two hundred AND gates; outputs that are inputs, negations and the same bit twice; inputs not in the order of the parties. */
function randomCircuit(random: SeededRandom): Circuit {
  const builder = new CircuitBuilder();
  const inputs = (['bob', 'alice', 'bob', 'alice'] as const).flatMap((party, index) =>
    builder.input(party, `in${index}`, random.between(4, 12)),
  );
  const bits: Bit[] = [...inputs];
  const pick = (): Bit => random.pick([random.pick(bits), builder.not(random.pick(bits))]);
  while (builder.ands < 200) bits.push(builder.xor(builder.and(pick(), pick()), pick()));
  const sum = bits.reduce((left, right) => builder.xor(left, right));
  const some = Array.from({ length: 20 }, pick);
  builder.output('sum', parties, [sum, builder.not(sum), sum]);
  builder.output('some', parties, [...some, inputs[0]!, builder.not(inputs[1]!)]);
  return builder.build();
}

interface Case {
  readonly name: string;
  readonly circuit: Circuit;
}

const random = new SeededRandom(seed);
const cases: readonly Case[] = [
  { name: 'an adder of 8 bits', circuit: adder() },
  { name: 'a comparison', circuit: standardCircuit('comparison', { parties: [...parties], bits: 16 }) },
  { name: `a random circuit, seed ${seed}`, circuit: randomCircuit(random) },
];

test.for(cases)('$name: the peer, our malicious level and evaluation agree', async ({ circuit }) => {
  const text = exportBristol(circuit, { format: 'old', parties });
  const again = importBristol(text, portsOfText(circuit));
  for (let round = 0; round < 2; round++) {
    const inputs = circuit.inputs.map(({ bits }) =>
      Uint8Array.from({ length: bits }, () => random.between(0, 1)),
    );
    const expected = Buffer.concat(evaluate(circuit, inputs)).join('');
    const ofBoth = parties.map((party) => bitsOf(circuit, inputs, party)) as [Uint8Array, Uint8Array];
    const [peer, ours] = await Promise.all([runEmpWasm(text, ofBoth), runMalicious(again, ofBoth)]);
    expect({ seed, output: peer.join('') }).toEqual({ seed, output: expected });
    for (const outputs of ours) {
      expect({ seed, output: Buffer.concat(outputs).join('') }).toEqual({ seed, output: expected });
    }
  }
});

test('a gate that is another one shows', async () => {
  const circuit = adder();
  const text = exportBristol(circuit, { format: 'old', parties });
  const changed = importBristol(text.replace(' AND', ' XOR'), portsOfText(circuit));
  const ones = [new Uint8Array(8).fill(1), new Uint8Array(8).fill(1)] as [Uint8Array, Uint8Array];
  const output = await runEmpWasm(text.replace(' AND', ' XOR'), ones);
  expect(output.join('')).toBe(evaluate(changed, ones)[0]!.join(''));
  expect(output.join('')).not.toBe(evaluate(circuit, ones)[0]!.join(''));
});

/** The text has one input of each party. */
function portsOfText(circuit: Circuit): Parameters<typeof importBristol>[1] {
  const { outputs } = portsOf(circuit);
  return { inputs: parties.map((party) => ({ party, name: 'in', bits: bitCount(circuit, party) })), outputs };
}

function bitCount(circuit: Circuit, party: string): number {
  return circuit.inputs.reduce((sum, input) => sum + (input.party === party ? input.bits : 0), 0);
}

function bitsOf(circuit: Circuit, inputs: readonly Uint8Array[], party: string): Uint8Array {
  return Uint8Array.from(Buffer.concat(inputs.filter((_, index) => circuit.inputs[index]!.party === party)));
}

/** @returns what each party learns */
async function runMalicious(
  circuit: Circuit,
  inputs: readonly [Uint8Array, Uint8Array],
): Promise<Uint8Array[][]> {
  const identities = parties.map(() => newIdentity(randomBytes).identity);
  const description = {
    name: `compared-${randomBytes(8).toString('hex')}`,
    level: 'malicious',
    demand: { level: 'malicious', keys: true },
    parties: parties.map((name, index) => ({ name, key: identities[index]!.publicKey })),
    runs: [{ circuit: circuitCommitment(circuit), times: 1 }],
  } as const;
  const streams = duplexPair();
  return Promise.all(
    parties.map(async (me, index) => {
      const session = await openSession({
        identity: identities[index]!,
        me,
        description,
        connections: new Map([[parties[1 - index]!, overStream(streams[index]!)]]),
        levels,
        commit: circuitCommitment,
      });
      const own = circuit.inputs.map(({ party }) => (party === me ? inputs[index] : undefined));
      const { outputs } = await session.run(circuit, own);
      await session.close();
      return outputs.map((bits) => bits!);
    }),
  );
}
