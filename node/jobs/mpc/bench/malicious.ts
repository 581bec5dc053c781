/**
 * The two-party malicious level, both parties in this process: AND gates per second in all, preprocessing and online, of both together.
 * Times are of the processor, so that other processes do not change them much.
 *
 *     node node/jobs/mpc/bench/malicious.ts [part of a name]
 */
import { randomBytes } from 'node:crypto';
import type { Circuit } from '../circuit/circuit.ts';
import { evaluate } from '../circuit/evaluate.ts';
import { standardCircuit } from '../circuit/standard/index.ts';
import { malicious } from '../levels/malicious/index.ts';
import type { Protocol } from '../protocol.ts';
import { runParties } from '../test/support/run-parties.ts';
import { layeredCircuit } from './circuits.ts';

const roles = ['garbler', 'evaluator'];

interface Case {
  readonly name: string;
  readonly circuit: () => Circuit;
  readonly runs: number;
}

const cases: readonly Case[] = [
  { name: '64 AND', circuit: () => layeredCircuit(roles, 64, 8), runs: 20 },
  { name: 'AES-128', circuit: () => standardCircuit('aes-128', { parties: roles }), runs: 10 },
  {
    name: 'SHA-256 compression',
    circuit: () => standardCircuit('sha-256-compression', { parties: roles }),
    runs: 6,
  },
  {
    name: 'SHA-256, 10 blocks',
    circuit: () => standardCircuit('sha-256', { parties: roles, messageBytes: 600, shared: true }),
    runs: 2,
  },
  { name: '1M AND, 4096 wide', circuit: () => layeredCircuit(roles, 1_000_000, 4096), runs: 2 },
];

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

async function measure({ name, circuit: make, runs }: Case): Promise<string> {
  const circuit = make();
  const inputs = circuit.inputs.map(({ bits }) => Uint8Array.from(randomBytes(bits), (byte) => byte & 1));
  const expected = evaluate(circuit, inputs);
  const ends: number[] = [];
  let [bytes, setupBytes, opened] = [0, 0, 0];
  const started = cpuMs();
  const protocol: Protocol = async (setup) => {
    const open = await malicious(setup);
    [opened, setupBytes] = [cpuMs(), bytes];
    return {
      run: async (run) => {
        const outputs = await open.run(run);
        if (setup.me === roles[0]) ends.push(cpuMs());
        return outputs;
      },
    };
  };
  const results = await runParties(
    protocol,
    Array.from({ length: runs }, () => ({ circuit, inputs })),
    {
      roles,
      seed: randomBytes(16).toString('hex'),
      intercept: (_from, _number, message) => {
        bytes += message.body.length;
        return [message];
      },
    },
  );
  for (const { error, outputs } of results) {
    if (error !== undefined) throw error;
    for (const bits of outputs.flatMap((output) => output.map((bits, i) => ({ bits, i })))) {
      if (bits.bits !== undefined && Buffer.compare(bits.bits, expected[bits.i]!) !== 0) {
        throw new Error('a wrong output');
      }
    }
  }
  const [first, last] = [ends[0]!, ends.at(-1)!];
  const later = (last - first) / (runs - 1);
  return [
    name.padEnd(20),
    `${circuit.ands} AND in ${circuit.layers.length} layers`.padEnd(28),
    `setup ${Math.round(opened - started)} ms`,
    `first run ${Math.round(first - opened)} ms`,
    `later runs ${Math.round(later)} ms`,
    `${Math.round((1000 * circuit.ands) / later)} AND/s`,
    `${Math.round((bytes - setupBytes) / (circuit.ands * runs))} bytes per AND`,
    `${Math.round(process.memoryUsage().rss / 1e6)} MB`,
  ].join('   ');
}

for (const each of cases) {
  if (each.name.includes(process.argv[2] ?? '')) console.log(await measure(each));
}
