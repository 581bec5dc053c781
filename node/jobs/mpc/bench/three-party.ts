/**
 * Cost of a run of the three-party level, after it was opened: `node node/jobs/mpc/bench/three-party.ts [runs]`. All three parties
 * share one thread and memory channels, so that their work adds up: two garblings and one evaluation. In processes of their own the
 * garblers work at the same time. Prints one JSON line per circuit.
 */
import { randomBytes } from 'node:crypto';
import type { Channel } from '../channel.ts';
import { type Bit, CircuitBuilder, type Word } from '../circuit/builder.ts';
import type { Circuit } from '../circuit/circuit.ts';
import { evaluate } from '../circuit/evaluate.ts';
import { threeParty } from '../levels/three-party/index.ts';
import { memoryChannels } from '../test/support/memory-channel.ts';

const roles = ['p1', 'p2', 'p3'];
const runs = Number(process.argv[2] ?? 20);

/** Like a compression of SHA-256: so many AND gates in layers of that width, four XOR gates to each, 768 bits of inputs. */
function layered(ands: number, width: number): Circuit {
  const builder = new CircuitBuilder();
  const inputs = [
    builder.input('p1', 'x', 256),
    builder.input('p2', 'y', 256),
    builder.input('p3', 'z', 256),
  ].flat();
  let last: Word = inputs.slice(0, width + 1);
  for (let made = 0; made < ands; made += width) {
    const next: Bit[] = [];
    for (let i = 0; i < width; i++) {
      const mixed = (at: number) => inputs[(made * 7 + i * 31 + at * 97) % inputs.length]!;
      const left = builder.xor(builder.xor(last[i]!, mixed(0)), mixed(1));
      const right = builder.xor(builder.xor(last[i + 1]!, mixed(2)), mixed(3));
      next.push(builder.and(left, right));
    }
    last = [...next, inputs[made % inputs.length]!];
  }
  builder.output('all', roles, last);
  return builder.build();
}

async function measure(what: string, circuit: Circuit): Promise<void> {
  const inputs = circuit.inputs.map(({ bits }) => Uint8Array.from(randomBytes(bits), (byte) => byte & 1));
  const expected = JSON.stringify(evaluate(circuit, inputs).map((bits) => [...bits]));
  const channels = new Map(roles.map((role) => [role, new Map<string, Channel>()]));
  let bytes = 0;
  for (const [index, a] of roles.entries()) {
    for (const b of roles.slice(index + 1)) {
      const [ofA, ofB] = memoryChannels(a, b, (_from, _number, message) => {
        bytes += message.body.length;
        return [message];
      });
      channels.get(a)!.set(b, ofA);
      channels.get(b)!.set(a, ofB);
    }
  }
  const sessionId = randomBytes(32);
  const setup = (me: string) => ({ roles, me, channels: channels.get(me)!, random: randomBytes, sessionId });
  const opened = performance.now();
  const open = await Promise.all(roles.map((me) => threeParty(setup(me))));
  const openMs = performance.now() - opened;
  const times: number[] = [];
  bytes = 0;
  for (let run = 0; run < runs; run++) {
    const runId = randomBytes(32);
    const from = performance.now();
    const outputs = await Promise.all(
      open.map((each, role) => {
        const own = circuit.inputs.map(({ party }, at) => (party === roles[role] ? inputs[at] : undefined));
        return each.run({ circuit, inputs: own, runId });
      }),
    );
    times.push(performance.now() - from);
    for (const each of outputs) {
      if (JSON.stringify(each.map((bits) => [...bits!])) !== expected) throw new Error('a wrong output');
    }
  }
  times.sort((a, b) => a - b);
  const median = times[times.length >> 1]!;
  const line = {
    what,
    ands: circuit.ands,
    layers: circuit.layers.length,
    runs,
    openMs: round(openMs),
    fastestMs: round(times[0]!),
    medianMs: round(median),
    slowestMs: round(times.at(-1)!),
    andsPerSecond: Math.round((circuit.ands / median) * 1000),
    megabytesPerRun: round(bytes / runs / 1e6),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

await measure('narrow, as a compression of SHA-256', layered(22_600, 14));
await measure('wide', layered(400_000, 200));
