/** The semi-honest level: right outputs for whom they are, and an end whatever happens to its messages. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { compressionCircuit } from '../bench/kernel.ts';
import { bitsOfBytes } from '../circuit/bits.ts';
import { CircuitBuilder } from '../circuit/builder.ts';
import type { Circuit } from '../circuit/circuit.ts';
import { evaluate } from '../circuit/evaluate.ts';
import { CircuitError, MpcAbort } from '../errors.ts';
import { semiHonest } from '../levels/semi-honest/index.ts';
import { kinds } from '../levels/semi-honest/kinds.ts';
import { open } from '../levels/semi-honest/semi-honest.ts';
import { otKind } from '../ot/kinds.ts';
import type { Protocol, ProtocolOutputs } from '../protocol.ts';
import { dealtCotReceiver, dealtCotSender } from './support/dealt-transfers.ts';
import { type Interceptor, type Message, memoryChannels } from './support/memory-channel.ts';
import { randomCase } from './support/random-circuit.ts';
import { type PartyRun, runParties } from './support/run-parties.ts';
import { seededRandom } from './support/seeded-random.ts';

const roles = ['a', 'b'];

/** Without base transfers. */
const dealt: Protocol = (setup) =>
  open(setup, { setupCotSender: dealtCotSender, setupCotReceiver: dealtCotReceiver });

const plain = (outputs: ProtocolOutputs) =>
  outputs.map((bits) => (bits === undefined ? undefined : [...bits]));

/** Outputs of a run in the clear, as one party sees them. */
function expected({ circuit, inputs }: PartyRun, party: string) {
  const values = evaluate(circuit, inputs);
  return circuit.outputs.map(({ to }, i) => (to.includes(party) ? [...values[i]!] : undefined));
}

test.each([[roles], [['b', 'a']]])('random circuits in one session, garbled by %s', async (order) => {
  const runs = Array.from({ length: 60 }, (_, i) => randomCase({ seed: `semi-honest ${i}` }));
  const results = await runParties(semiHonest, runs, { roles: order, seed: 'random circuits' });
  for (const { party, outputs, error } of results) {
    expect(error).toBeUndefined();
    expect(outputs.map(plain)).toEqual(runs.map((run) => expected(run, party)));
  }
});

test('inputs of one party alone, and outputs of one alone', async () => {
  const circuit = (from: string, to: string) => {
    const builder = new CircuitBuilder();
    const [x, y] = builder.input(from, 'x', 2) as [number, number];
    builder.input(from === 'a' ? 'b' : 'a', 'nothing', 0);
    builder.output('both', [to], [builder.and(x, y), builder.not(x), x]);
    return builder.build();
  };
  const runs = ['aa', 'ab', 'ba', 'bb'].map((names) => ({
    circuit: circuit(names[0]!, names[1]!),
    inputs: [Uint8Array.of(1, 1), new Uint8Array(0)],
  }));
  const results = await runParties(semiHonest, runs, { roles, seed: 'one alone' });
  for (const { party, outputs, error } of results) {
    expect(error).toBeUndefined();
    expect(outputs.map(plain)).toEqual(runs.map((run) => expected(run, party)));
  }
});

test('the compression function of SHA-256 (FIPS 180-4, example "abc")', async () => {
  const block = Buffer.alloc(64);
  block.write('abc\x80', 'latin1');
  block[63] = 24;
  const words = Buffer.from(block);
  words.swap32();
  const bits = bitsOfBytes(words);
  const mask = seededRandom('mask')(512).map((byte) => byte & 1);
  const inputs = [bits.map((bit, i) => bit ^ mask[i]!), mask];
  const results = await runParties(semiHonest, [{ circuit: compressionCircuit(), inputs }], {
    roles,
    seed: 'sha-256',
  });
  const digest = createHash('sha256').update('abc').digest().swap32();
  for (const { outputs, error } of results) {
    expect(error).toBeUndefined();
    expect(outputs[0]![0]).toEqual(bitsOfBytes(digest));
  }
});

test('what is sent has the same shape for all inputs and secrets', async () => {
  const shapeOf = async (circuit: Circuit, seed: string) => {
    const shape: string[] = [];
    const intercept: Interceptor = (from, number, message) => {
      shape.push(`${from} ${number}: ${message.kind}, ${message.body.length} bytes`);
      return [message];
    };
    const inputs = circuit.inputs.map(({ bits }) => seededRandom(seed)(bits).map((byte) => byte & 1));
    await runParties(dealt, [{ circuit, inputs }], { roles, seed, intercept });
    return shape.sort();
  };
  const { circuit } = randomCase({ seed: 'shape', ands: 50 });
  const shape = await shapeOf(circuit, 'one');
  expect(shape.length).toBeGreaterThan(5);
  expect(await shapeOf(circuit, 'another')).toEqual(shape);
});

describe('messages that change on their way', () => {
  const run = randomCase({ seed: 'changed', ands: 40, inputBits: 12 });

  interface Sent {
    readonly from: string;
    readonly number: number;
    readonly message: Message;
  }

  /** Every message of a session of one run, in the order of each sender. */
  async function messagesOf(protocol: Protocol): Promise<Sent[]> {
    const seen: Sent[] = [];
    const intercept: Interceptor = (from, number, message) => {
      seen.push({ from, number, message });
      return [message];
    };
    await runParties(protocol, [run], { roles, seed: 'changed', intercept });
    return seen;
  }

  /** What both parties end with: an abort, or some outputs; never another error. */
  async function endsOf(
    protocol: Protocol,
    at: Sent,
    change: (message: Message) => readonly Message[] | 'end',
  ) {
    const intercept: Interceptor = (from, number, message) =>
      from === at.from && number === at.number ? change(message) : [message];
    const results = await runParties(protocol, [run], { roles, seed: 'changed', intercept });
    for (const { error } of results) if (error !== undefined) expect(error).toBeInstanceOf(MpcAbort);
    return results;
  }

  const withBody = (message: Message, body: Buffer): Message[] => [{ ...message, body }];

  const flipped = (message: Message, bit: number) => {
    const body = Buffer.from(message.body);
    body[bit >> 3]! ^= 1 << (bit & 7);
    return withBody(message, body);
  };

  test('each message, with one bit changed', async () => {
    for (const at of await messagesOf(dealt)) {
      const bits = 8 * at.message.body.length;
      for (const bit of [0, 5, bits >> 1, bits - 2]) {
        await endsOf(dealt, at, (message) => flipped(message, bit % bits));
      }
    }
  });

  test('messages of base transfers, with one bit changed', async () => {
    const base: number[] = [otKind.baseElements, otKind.baseKeys];
    for (const at of await messagesOf(semiHonest)) {
      if (!base.includes(at.message.kind)) continue;
      const [a] = await endsOf(semiHonest, at, (message) => flipped(message, 9));
      expect(a!.error).toBeInstanceOf(MpcAbort);
    }
  });

  test('each message, too short, too long, of another kind, twice or lost', async () => {
    for (const at of await messagesOf(dealt)) {
      const other = at.from === 'a' ? 1 : 0;
      const ends = [
        await endsOf(dealt, at, (message) => withBody(message, message.body.subarray(1))),
        await endsOf(dealt, at, (message) =>
          withBody(message, Buffer.concat([message.body, Buffer.alloc(1)])),
        ),
        await endsOf(dealt, at, (message) => [{ ...message, kind: message.kind ^ 1 }]),
      ];
      for (const results of ends) {
        expect(results[other]!.error).toMatchObject({ reason: 'malformed', party: at.from });
      }
      const lost = await endsOf(dealt, at, () => 'end');
      expect(lost[other]!.error).toMatchObject({ reason: 'disconnected' });
      await endsOf(dealt, at, (message) => [message, message]);
    }
  });

  test('labels of outputs that no evaluation gives are cheating', async () => {
    const labels = (await messagesOf(dealt)).find(({ message }) => message.kind === kinds.outputLabels)!;
    for (const bit of [0, 77, 128]) {
      const results = await endsOf(dealt, labels, (message) => flipped(message, bit));
      expect(results[0]!.error).toMatchObject({ reason: 'cheating', party: 'b' });
      expect(results[0]!.outputs).toEqual([]);
    }
  });

  test('after a run that failed there is none', async () => {
    const [ofA, ofB] = memoryChannels('a', 'b', (_from, _number, message) =>
      message.kind === kinds.tables ? 'end' : [message],
    );
    const setup = (me: string, peer: string, channel: typeof ofA) =>
      dealt({
        roles,
        me,
        channels: new Map([[peer, channel]]),
        random: seededRandom(me),
        sessionId: Buffer.alloc(32),
      });
    const [a, b] = await Promise.all([setup('a', 'b', ofA), setup('b', 'a', ofB)]);
    const inputs = (me: string) =>
      run.inputs.map((bits, i) => (run.circuit.inputs[i]!.party === me ? bits : undefined));
    const start = (which: typeof a, me: string) =>
      which.run({ circuit: run.circuit, inputs: inputs(me), runId: Buffer.alloc(32) });
    const ends = await Promise.allSettled([start(a, 'a'), start(b, 'b')]);
    for (const end of ends)
      expect(end).toMatchObject({ status: 'rejected', reason: { reason: 'disconnected' } });
    await expect(start(a, 'a')).rejects.toMatchObject({ reason: 'internal' });
  });
});

describe('what the level is not for', () => {
  const open = (names: readonly string[], me: string) => {
    const [channel] = memoryChannels(me, 'b');
    const channels = new Map([['b', channel]]);
    return semiHonest({
      roles: names,
      me,
      channels,
      random: seededRandom('none'),
      sessionId: Buffer.alloc(32),
    });
  };

  test('other numbers of parties', async () => {
    await expect(open(['a'], 'a')).rejects.toThrow(CircuitError);
    await expect(open(['a', 'a'], 'a')).rejects.toThrow(CircuitError);
    await expect(open(['a', 'b', 'c'], 'a')).rejects.toThrow(CircuitError);
    await expect(open(['b', 'c'], 'a')).rejects.toThrow(CircuitError);
    await expect(open(['a', 'c'], 'a')).rejects.toThrow('no channel to c');
  });

  test('circuits of others, and inputs that are none', async () => {
    const circuit = (parties: readonly string[]): Circuit => {
      const builder = new CircuitBuilder();
      for (const party of parties) builder.input(party, 'x', 3);
      builder.output('out', [parties[0]!], [builder.and(0, 1)]);
      return builder.build();
    };
    const three = (bits: number) => [new Uint8Array(bits), new Uint8Array(bits), new Uint8Array(bits)];
    for (const [parties, bits] of [
      [['a'], 3],
      [['a', 'c'], 3],
      [['a', 'b', 'c'], 3],
      [['a', 'b'], 4],
    ] as const) {
      const run = { circuit: circuit(parties), inputs: three(bits) };
      const [a] = await runParties(dealt, [run], { roles, seed: 'not for' });
      expect(a!.error).toBeInstanceOf(CircuitError);
    }
  });
});
