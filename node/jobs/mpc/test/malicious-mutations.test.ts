/**
 * Every message of the two-party malicious level is changed in every way: both parties take right outputs or none, and end. That a
 * party which says nothing at all ends the computation is the channels' part, as they keep the time.
 */
import { describe, expect, test } from 'vitest';
import { malicious } from '../levels/malicious/index.ts';
import { kinds } from '../levels/malicious/kinds.ts';
import {
  ends,
  evaluator,
  garbler,
  layeredCircuit,
  protocolWith,
  randomInputs,
  seededNumbers,
} from './support/malicious.ts';
import type { Interceptor, Message } from './support/memory-channel.ts';

/** @returns undefined when it changes nothing */
type Mutation = (
  message: Message,
  earlier: readonly Message[],
  below: (n: number) => number,
) => Message[] | 'end';

const bodies =
  (change: (body: Buffer, below: (n: number) => number) => Buffer): Mutation =>
  ({ kind, body }, _earlier, below) => [{ kind, body: change(Buffer.from(body), below) }];

const flip = (body: Buffer, byte: number, bit: number) => {
  body[byte]! ^= 1 << bit;
  return body;
};

const mutations: Record<string, Mutation> = {
  'flips a bit': bodies((body, below) => flip(body, below(body.length), below(8))),
  'flips another bit': bodies((body, below) => flip(body, below(body.length), below(8))),
  'flips the first bit': bodies((body) => flip(body, 0, 0)),
  'flips the last bit': bodies((body) => flip(body, body.length - 1, 7)),
  zeroes: bodies((body) => body.fill(0)),
  'sets all bits': bodies((body) => body.fill(0xff)),
  truncates: bodies((body) => body.subarray(0, body.length - 1)),
  empties: bodies(() => Buffer.alloc(0)),
  extends: bodies((body) => Buffer.concat([body, Buffer.alloc(1)])),
  'ends the connection': () => 'end',
  'says another kind': ({ kind, body }) => [{ kind: kind ^ 1, body }],
  'replays the message before': (message, earlier) => [earlier.at(-1) ?? message],
  'replays the first of its kind': (message, earlier) => [
    earlier.find(({ kind }) => kind === message.kind) ?? message,
  ],
};

/**
 * What may stay without effect when bits of it change: rows that nobody reads. A row of a leaky AND is read where the other's x is 1
 * (so a change is a guess at x, and outputs are right where it was not read), a row of a table where a masked bit is 1.
 */
const readInPart: readonly number[] = [kinds.leakyRows, kinds.tables];

// Numbers of bits that do not fill bytes.
const circuit = layeredCircuit(9, 2);
const runs = ['a', 'b'].map((seed) => ({ circuit, inputs: randomInputs(seed, circuit) }));

/** Changes one message of a party, by its number. */
function atMessage(party: string, at: number, mutation: Mutation, seed: string): Interceptor {
  const earlier: Message[] = [];
  return (from, _number, message) => {
    if (from !== party) return [message];
    earlier.push(message);
    if (earlier.length - 1 !== at) return [message];
    return mutation(message, earlier.slice(0, -1), seededNumbers(seed));
  };
}

async function messagesOf(party: string): Promise<Message[]> {
  const messages: Message[] = [];
  const result = await ends(protocolWith('mutations'), runs, 'mutations', (from, _number, message) => {
    if (from === party) messages.push(message);
    return [message];
  });
  expect(result).toEqual({ garbler: undefined, evaluator: undefined });
  return messages;
}

describe.each([garbler, evaluator])('of %s', (party) => {
  test.each(Object.keys(mutations))('%s', async (name) => {
    const messages = await messagesOf(party);
    expect(messages.length).toBeGreaterThanOrEqual(13);
    for (const [at, original] of messages.entries()) {
      const seed = `${party} ${name} at ${at}`;
      const mutation = mutations[name]!;
      const passed = mutation(original, messages.slice(0, at), seededNumbers(seed));
      const same =
        passed !== 'end' && passed[0]!.kind === original.kind && passed[0]!.body.equals(original.body);
      const result = await ends(
        protocolWith('mutations'),
        runs,
        'mutations',
        atMessage(party, at, mutation, seed),
      );
      const failed = result.garbler !== undefined || result.evaluator !== undefined;
      if (same) expect([seed, failed]).toEqual([seed, false]);
      else if (!readInPart.includes(original.kind)) expect([seed, failed]).toEqual([seed, true]);
    }
  });
});

test('the same with the level on its own transfers, at some messages', async () => {
  const counts = new Map<string, number>();
  await ends(malicious, runs, 'own', (from, _number, message) => {
    counts.set(from, (counts.get(from) ?? 0) + 1);
    return [message];
  });
  const below = seededNumbers('own transfers');
  const names = Object.keys(mutations);
  for (let i = 0; i < 4; i++) {
    const party = [garbler, evaluator][i & 1]!;
    const [at, name] = [below(counts.get(party)!), names[below(names.length)]!];
    await ends(malicious, runs, 'own', atMessage(party, at, mutations[name]!, `${party} ${name} at ${at}`));
  }
});
