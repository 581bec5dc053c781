/**
 * Every message of every party is changed in every way: the two others take right outputs or none, and end. That a party which says
 * nothing at all ends the computation is the channels' part, as they keep the time.
 */
import { expect, test } from 'vitest';
import type { Interceptor, Message } from './support/memory-channel.ts';
import {
  checkHonest,
  holders,
  randomCircuit,
  randomInputs,
  roles,
  runDeviating,
  seededNumbers,
} from './support/three-party.ts';

type Mutation = (
  message: Message,
  earlier: readonly Message[],
  below: (n: number) => number,
) => Message[] | 'end';

function changed({ kind, body }: Message, change: (body: Buffer) => Buffer): Message[] {
  return [{ kind, body: change(Buffer.from(body)) }];
}

const mutations: Record<string, Mutation> = {
  'flips a bit': (message, _earlier, below) =>
    changed(message, (body) => {
      if (body.length > 0) body[below(body.length)]! ^= 1 << below(8);
      return body;
    }),
  'flips the first bit': (message) =>
    changed(message, (body) => {
      if (body.length > 0) body[0]! ^= 1;
      return body;
    }),
  zeroes: (message) => changed(message, (body) => body.fill(0)),
  truncates: (message) => changed(message, (body) => body.subarray(0, Math.max(0, body.length - 1))),
  empties: (message) => changed(message, () => Buffer.alloc(0)),
  extends: (message) => changed(message, (body) => Buffer.concat([body, Buffer.alloc(1)])),
  'ends the connection': () => 'end',
  'says another kind': ({ kind, body }) => [{ kind: kind + 1, body }],
  'replays the message before': (message, earlier) => [earlier.at(-1) ?? message],
  'replays the last of its kind': (message, earlier) => [
    earlier.findLast(({ kind }) => kind === message.kind) ?? message,
  ],
  'replays an early one of its kind': (message, earlier) => [
    earlier.find(({ kind }) => kind === message.kind) ?? message,
  ],
  'sends it twice': (message) => [message, message],
};

const inputs = Object.fromEntries(holders.map((party, index) => [party, 3 + index]));
const to = [['p1', 'p2', 'p3'], ['p1'], ['p2'], ['p3']];
const circuit = randomCircuit('mutations', { inputs, gates: 80, to });
const runs = ['a', 'b'].map((seed) => ({ circuit, inputs: randomInputs(seed, circuit) }));

/** Changes the message of that number, of all that a party sends in a session. */
function atMessage(at: number, mutation: Mutation, seed: string): Interceptor {
  const earlier: Message[] = [];
  return (_from, _number, message) => {
    const number = earlier.length;
    earlier.push(message);
    if (number !== at) return [message];
    return mutation(message, earlier.slice(0, -1), seededNumbers(seed));
  };
}

async function messagesOf(party: string): Promise<number> {
  let count = 0;
  await runDeviating(runs, 'mutations', {
    party,
    intercept: (_from, _number, message) => {
      count++;
      return [message];
    },
  });
  return count;
}

test.each(roles.flatMap((party) => Object.keys(mutations).map((name) => [party, name] as const)))(
  '%s %s',
  async (party, name) => {
    const count = await messagesOf(party);
    expect(count).toBeGreaterThanOrEqual(10);
    let aborts = 0;
    // The last message is not followed by anything that could show it to have come twice.
    for (let at = 0; at < count; at++) {
      const seed = `${party} ${name} at ${at}`;
      const intercept = atMessage(at, mutations[name]!, seed);
      const results = await runDeviating(runs, 'mutations', { party, intercept });
      aborts += checkHonest(results, runs, party).length;
    }
    // A mutation that nobody ever notices would be none.
    expect(aborts).toBeGreaterThan(count / 3);
  },
);
