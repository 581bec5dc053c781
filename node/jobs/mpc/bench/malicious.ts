/**
 * The two-party malicious level, both parties in this process one after the other: AND gates per second in all, preprocessing and
 * online, by the shape of the circuit. Times are of the processor, so that other processes do not change them much. `node node/jobs/mpc/bench/malicious.ts [name]`
 */
import { randomBytes } from 'node:crypto';
import { type Bit, CircuitBuilder } from '../circuit/builder.ts';
import type { Circuit } from '../circuit/circuit.ts';
import { evaluate } from '../circuit/evaluate.ts';
import { malicious } from '../levels/malicious/index.ts';
import type { Protocol } from '../protocol.ts';
import { runParties } from '../test/support/run-parties.ts';

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const roles = ['garbler', 'evaluator'];

/** Shapes of circuits: AND gates in all, and of a layer. */
const shapes = [
  { name: '64 AND', ands: 64, width: 8, runs: 6 },
  { name: 'like AES-128', ands: 6400, width: 160, runs: 6 },
  { name: 'like SHA-256', ands: 22_573, width: 14, runs: 4 },
  { name: 'like 10 SHA-256', ands: 225_730, width: 140, runs: 2 },
  { name: '1M AND, wide', ands: 1_000_000, width: 4096, runs: 2 },
] as const;

function layered(ands: number, width: number): Circuit {
  const builder = new CircuitBuilder();
  let wires: Bit[] = [...builder.input('garbler', 'x', width), ...builder.input('evaluator', 'y', width)];
  for (let made = 0, layer = 0; made < ands; made += width, layer++) {
    const from = layer % 2 === 0 ? 0 : width;
    const next = wires.slice();
    for (let i = 0; i < width; i++) {
      const other = wires[(from + width + ((i + layer) % width)) % (2 * width)]!;
      next[from + i] = builder.xor(builder.and(wires[from + i]!, other), wires[from + ((i + 1) % width)]!);
    }
    wires = next;
  }
  builder.output('x', ['garbler'], wires.slice(0, width));
  builder.output('y', ['evaluator'], wires.slice(width));
  return builder.build();
}

for (const { name, ands, width, runs } of shapes) {
  if (process.argv[2] !== undefined && !name.includes(process.argv[2])) continue;
  const circuit = layered(ands, width);
  const inputs = circuit.inputs.map(({ bits }) => Uint8Array.from(randomBytes(bits), (byte) => byte & 1));
  let bytes = 0;
  const started = cpuMs();
  let opened = 0;
  const ends: number[] = [];
  const protocol: Protocol = async (setup) => {
    const open = await malicious(setup);
    opened = cpuMs();
    return {
      run: async (run) => {
        const outputs = await open.run(run);
        if (setup.me === roles[0]) ends.push(cpuMs());
        return outputs;
      },
    };
  };
  let setupBytes = 0;
  const results = await runParties(
    protocol,
    Array.from({ length: runs }, () => ({ circuit, inputs })),
    {
      roles,
      seed: randomBytes(16).toString('hex'),
      intercept: (_from, _number, message) => {
        bytes += message.body.length;
        if (opened === 0) setupBytes = bytes;
        return [message];
      },
    },
  );
  const expected = evaluate(circuit, inputs);
  for (const [party, { error, outputs }] of results.entries()) {
    if (error !== undefined) throw error;
    for (const output of outputs) {
      if (Buffer.compare(output[party]!, expected[party]!) !== 0) throw new Error('a wrong output');
    }
  }
  const [first, last] = [ends[0]!, ends.at(-1)!];
  const later = (1000 * circuit.ands * (runs - 1)) / (last - first);
  console.log(
    [
      name.padEnd(16),
      `${circuit.ands} AND in ${circuit.layers.length} layers`.padEnd(28),
      `setup ${Math.round(opened - started)} ms`,
      `first run ${Math.round(first - opened)} ms`,
      `later runs ${Math.round((last - first) / (runs - 1))} ms`,
      `${Math.round(later)} AND/s`,
      `${Math.round((bytes - setupBytes) / (circuit.ands * runs))} bytes per AND`,
      `${Math.round(process.memoryUsage().rss / 1e6)} MB`,
    ].join('   '),
  );
}
