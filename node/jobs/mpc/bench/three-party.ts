/**
 * Cost of a run of the three-party level, after it was opened: `node node/jobs/mpc/bench/three-party.ts [runs]`. All three parties
 * share one thread and memory channels, so that their work adds up: two garblings and one evaluation. In processes of their own the
 * garblers work at the same time. Prints one JSON line per circuit.
 */
import { randomBytes } from 'node:crypto';
import type { Channel } from '../channel.ts';
import { CircuitBuilder, type Word } from '../circuit/builder.ts';
import type { Circuit } from '../circuit/circuit.ts';
import { evaluate } from '../circuit/evaluate.ts';
import { holdersOf } from '../circuit/holders.ts';
import { bytesOfState, compress, sha256, wordsOf } from '../circuit/standard/sha2.ts';
import { threeParty } from '../levels/three-party/index.ts';
import { memoryChannels } from '../test/support/memory-channel.ts';

const roles = ['p1', 'p2', 'p3'];
const runs = Number(process.argv[2] ?? 20);

/** A compression of SHA-256: 256 bits of state, 512 of a block. */
function sha256Compression(holdersOfState: readonly string[], holderOfBlock: string): Circuit {
  const builder = new CircuitBuilder();
  const state = holdersOfState
    .map((party) => builder.input(party, 'state', 256) as Word)
    .reduce((sum, share) => sum.map((bit, i) => builder.xor(bit, share[i]!)));
  const block = builder.input(holderOfBlock, 'block', 512);
  builder.output(
    'state',
    roles,
    bytesOfState(compress(builder, sha256, wordsOf(sha256, state), wordsOf(sha256, block))),
  );
  return builder.build();
}

/** Layers of 4000 AND gates. */
function wide(layers: number): Circuit {
  const builder = new CircuitBuilder();
  let state: Word = roles.flatMap((role) => builder.input(role, 'x', 2000));
  const at = (i: number) => state[i % state.length]!;
  for (let layer = 0; layer < layers; layer++) {
    const next = (i: number) =>
      builder.xor(at(i + 1), builder.and(at(7 * i + layer), builder.xor(at(i), at(3 * i + 5))));
    state = Array.from({ length: 4000 }, (_, i) => next(i));
  }
  builder.output('state', roles, state);
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
  const cpu = process.cpuUsage();
  for (let run = 0; run < runs; run++) {
    const runId = randomBytes(32);
    const from = performance.now();
    const outputs = await Promise.all(
      open.map((each, role) => {
        const own = circuit.inputs.map(({ party }, at) =>
          holdersOf(party).includes(roles[role]!) ? inputs[at] : undefined,
        );
        return each.run({ circuit, inputs: own, runId });
      }),
    );
    times.push(performance.now() - from);
    for (const each of outputs) {
      if (JSON.stringify(each.map((bits) => [...bits!])) !== expected) throw new Error('a wrong output');
    }
  }
  const { user, system } = process.cpuUsage(cpu);
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
    cpuMsPerRun: round((user + system) / 1000 / runs),
    andsPerSecond: Math.round((circuit.ands / median) * 1000),
    megabytesPerRun: round(bytes / runs / 1e6),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

await measure('SHA-256 compression, state of p1, block of p3', sha256Compression(['p1'], 'p3'));
const replicated = ['p1+p2', 'p1+p3', 'p2+p3'];
await measure('the same, replicated state, block known to all', sha256Compression(replicated, 'p1+p2+p3'));
await measure('wide', wide(100));
