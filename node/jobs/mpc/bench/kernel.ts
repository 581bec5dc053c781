/**
 * Measures the kernel of the computation jobs on this machine: `node node/jobs/mpc/bench/kernel.ts [--json]`, some ten seconds. Both
 * parties run in this thread, over channels in memory, so that figures are of one core. By the clock each is the best of its rounds:
 * whatever else the machine does only adds. Beside it stands the mean by the processor time of this thread, which says more on a
 * machine that is busy otherwise; it does not count what garbage collection does in other threads.
 */
import { randomBytes } from 'node:crypto';
import { type Bit, CircuitBuilder, type Word } from '../circuit/builder.ts';
import type { Circuit } from '../circuit/circuit.ts';
import { compress, initialState, sha256 } from '../circuit/standard/sha2.ts';
import { xorWord } from '../circuit/words/index.ts';
import { Evaluator } from '../garble/evaluator.ts';
import { Garbler } from '../garble/garbler.ts';
import { LabelMemory } from '../garble/label-memory.ts';
import { labelsOf, secretsFromSeed } from '../garble/wires.ts';
import { semiHonest } from '../levels/semi-honest/index.ts';
import { receiveBase, sendBase } from '../ot/base.ts';
import { setupCotReceiver, setupCotSender } from '../ot/correlated.ts';
import type { OpenProtocol } from '../protocol.ts';
import { memoryChannels } from '../test/support/memory-channel.ts';

export interface KernelMeasurement {
  readonly what: string;
  /** By the clock. */
  readonly value: number;
  /** By this thread's processor time. */
  readonly cpuValue: number;
  readonly unit: string;
}

/** Milliseconds. */
interface Duration {
  readonly wall: number;
  readonly cpu: number;
}

const sessionId = Buffer.alloc(32, 1);
const random = randomBytes;

/** AND gates of equal layers, with two XOR gates for each. */
export function layeredCircuit(width: number, layers: number): Circuit {
  const builder = new CircuitBuilder();
  let x: Bit[] = builder.input('a', 'x', width);
  let y: Bit[] = builder.input('b', 'y', width);
  for (let layer = 0; layer < layers; layer++) {
    const ands = x.map((bit, i) => builder.and(bit, y[(i + 1 + layer) % width]!));
    y = x.map((bit, i) => builder.xor(bit, ands[i]!));
    x = ands.map((bit, i) => builder.xor(bit, y[(i + 3) % width]!));
  }
  builder.output('out', ['b'], x);
  return builder.build();
}

/** The compression function on the XOR of both parties' blocks; both learn the state. */
export function compressionCircuit(): Circuit {
  const builder = new CircuitBuilder();
  const words = (bits: Bit[]): Word[] =>
    Array.from({ length: 16 }, (_, i) => bits.slice(32 * i, 32 * i + 32));
  const left = words(builder.input('a', 'left', 512));
  const right = words(builder.input('b', 'right', 512));
  const block = left.map((word, i) => xorWord(builder, word, right[i]!));
  const state = compress(builder, sha256, initialState(sha256), block);
  builder.output('state', ['a', 'b'], state.flat());
  return builder.build();
}

export async function measureKernel(): Promise<KernelMeasurement[]> {
  return [
    ...measureGarbling('width 65,536', layeredCircuit(65_536, 8), 7),
    ...measureGarbling('width 8', layeredCircuit(8, 20_000), 9),
    await measureBase(),
    ...(await measureExtension()),
    ...(await measureCompression()),
  ];
}

function measureGarbling(name: string, circuit: Circuit, rounds: number): KernelMeasurement[] {
  const secrets = secretsFromSeed(random(16), circuit.inputBits);
  const bits = random(circuit.inputBits).map((byte) => byte & 1);
  const labels = labelsOf(secrets.inputLabels, bits, secrets.delta);
  const key = random(16);
  // As runs of one session have it.
  const [memory, other] = [new LabelMemory(), new LabelMemory()];
  const both = Array.from({ length: rounds }, () =>
    timed(() => {
      const evaluator = new Evaluator(circuit, labels, key, memory);
      for (const piece of new Garbler(circuit, secrets, key, other).tables()) evaluator.push(piece);
    }),
  );
  const pieces = [...new Garbler(circuit, secrets, key).tables()];
  const alone = Array.from({ length: rounds }, () =>
    timed(() => {
      const evaluator = new Evaluator(circuit, labels, key, memory);
      for (const piece of pieces) evaluator.push(piece);
    }),
  );
  return [
    rate(`garble and evaluate, ${name}`, 'M AND/s', circuit.ands, least(both)),
    rate(`evaluate, ${name}`, 'M AND/s', circuit.ands, least(alone)),
  ];
}

function since(start: Duration): Duration {
  const { user, system } = process.threadCpuUsage();
  return { wall: performance.now() - start.wall, cpu: (user + system) / 1000 - start.cpu };
}

const zero: Duration = { wall: 0, cpu: 0 };

function timed(work: () => void): Duration {
  const start = since(zero);
  work();
  return since(start);
}

/** The least by the clock, the mean by processor time, which the system counts coarsely. */
function least(durations: readonly Duration[]): Duration {
  return {
    wall: Math.min(...durations.map(({ wall }) => wall)),
    cpu: durations.reduce((sum, { cpu }) => sum + cpu, 0) / durations.length,
  };
}

async function best(rounds: number, work: () => Promise<unknown>): Promise<Duration> {
  const durations: Duration[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = since(zero);
    await work();
    durations.push(since(start));
  }
  return least(durations);
}

/** Millions per second. */
function rate(what: string, unit: string, count: number, { wall, cpu }: Duration): KernelMeasurement {
  return { what, unit, value: count / wall / 1000, cpuValue: count / cpu / 1000 };
}

function time(what: string, { wall, cpu }: Duration): KernelMeasurement {
  return { what, unit: 'ms', value: wall, cpuValue: cpu };
}

async function measureBase(): Promise<KernelMeasurement> {
  const [a, b] = memoryChannels('a', 'b');
  const choices = random(128).map((byte) => byte & 1);
  const duration = await best(3, () =>
    Promise.all([sendBase(a, { random, sessionId }, 128), receiveBase(b, { random, sessionId }, choices)]),
  );
  return time('128 base transfers, both sides', duration);
}

async function measureExtension(): Promise<KernelMeasurement[]> {
  const [a, b] = memoryChannels('a', 'b');
  const [sender, receiver] = await Promise.all([
    setupCotSender(a, { random, sessionId }),
    setupCotReceiver(b, { random, sessionId }),
  ]);
  const extend = (count: number, rounds: number) => {
    const choices = random(count).map((byte) => byte & 1);
    return best(rounds, () => Promise.all([sender.extend(count), receiver.extend(choices)]));
  };
  const small = await extend(256, 30);
  return [
    rate('correlated transfers with check', 'M/s', 1e6, await extend(1e6, 5)),
    time('256 correlated transfers with check', small),
  ];
}

async function measureCompression(): Promise<KernelMeasurement[]> {
  const circuit = compressionCircuit();
  const [a, b] = memoryChannels('a', 'b');
  const roles = ['a', 'b'];
  let parties: OpenProtocol[] = [];
  const setup = await best(1, async () => {
    parties = await Promise.all([
      semiHonest({ roles, me: 'a', channels: new Map([['b', a]]), random, sessionId }),
      semiHonest({ roles, me: 'b', channels: new Map([['a', b]]), random, sessionId }),
    ]);
  });
  const bits = random(512).map((byte) => byte & 1);
  const run = await best(20, async () => {
    const runId = random(32);
    await Promise.all([
      parties[0]!.run({ circuit, inputs: [bits, undefined], runId }),
      parties[1]!.run({ circuit, inputs: [undefined, bits], runId }),
    ]);
  });
  const what = `SHA-256 compression (${circuit.ands} AND gates), semi-honest`;
  return [time('semi-honest setup, both sides', setup), time(what, run)];
}

if (import.meta.main) {
  const rows = await measureKernel();
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(rows)}\n`);
  else {
    process.stdout.write('  by the clock, by processor time\n');
    for (const { what, value, cpuValue, unit } of rows) {
      const figures = [value, cpuValue].map((figure) => figure.toFixed(2).padStart(9)).join('');
      process.stdout.write(`${figures} ${unit.padEnd(8)} ${what}\n`);
    }
  }
}
