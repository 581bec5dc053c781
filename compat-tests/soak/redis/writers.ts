/** Writers of the kill loop, each with keys of its own and many requests under way, and a reader that remembers what it saw. */
import type { Redis } from 'ioredis';
import type { SeededRandom } from '../../lib/random.ts';
import { emptyState, explain, randomStep, readState, type Step, type WriterState } from './model.ts';

export interface Writer {
  readonly id: number;
  serial: number;
  /** What the answered steps made. */
  state: WriterState;
  unanswered: Step[];
  answered: number;
  /** Highest value of the counter that any reader saw. */
  seen: number;
}

const inFlightMax = 16;

export function makeWriters(count: number): Writer[] {
  return Array.from({ length: count }, (_, id) => ({
    id,
    serial: 0,
    state: emptyState(),
    unanswered: [],
    answered: 0,
    seen: 0,
  }));
}

/** Keeps requests under way until the connection breaks. */
export async function write(
  writer: Writer,
  client: Redis,
  random: SeededRandom,
  onAnswer: () => void,
): Promise<void> {
  const { promise: broken, resolve: breakOff } = Promise.withResolvers<void>();
  let isBroken = false;
  let room = Promise.withResolvers<void>();
  void broken.then(() => {
    isBroken = true;
    room.resolve();
  });
  client.once('close', breakOff);
  const pending: Promise<void>[] = [];
  while (!isBroken) {
    if (writer.unanswered.length >= inFlightMax) {
      room = Promise.withResolvers<void>();
      await room.promise;
      continue;
    }
    const step = randomStep(writer.id, writer.serial++, random);
    writer.unanswered.push(step);
    const answers = step.commands.map(([name, ...args]) => client.call(name!, ...args));
    pending.push(
      Promise.all(answers).then(
        () => {
          if (writer.unanswered[0] !== step) throw new Error('answers came out of order');
          writer.unanswered.shift();
          step.apply(writer.state);
          writer.answered += 1;
          onAnswer();
          room.resolve();
        },
        () => breakOff(),
      ),
    );
  }
  await Promise.all(pending);
}

/** Reads counters all the time. */
export async function watch(all: readonly Writer[], client: Redis): Promise<void> {
  try {
    for (;;) {
      const found = (await client.mget(all.map(({ id }) => `w${id}:counter`))) as (string | null)[];
      for (const [index, value] of found.entries()) {
        const writer = all[index]!;
        writer.seen = Math.max(writer.seen, Number(value ?? 0));
      }
    }
  } catch {
    // The connection broke: the loop is over.
  }
}

/** Compares what is there with what was answered, and goes on from it. @returns unanswered steps that took effect */
export async function verifyWriter(
  writer: Writer,
  client: Redis,
  fault: (text: string) => void,
): Promise<number> {
  const call = (name: string, ...args: string[]) => client.call(name, ...args);
  const found = await readState(writer.id, call as (...command: string[]) => Promise<unknown>);
  const applied = explain(writer.state, writer.unanswered, found);
  if (applied === undefined) {
    fault(
      `writer ${writer.id}: lost or torn, answered ${JSON.stringify(writer.state).slice(0, 300)}, found ${JSON.stringify(found).slice(0, 300)}`,
    );
  }
  if (found.counter < writer.seen)
    fault(`writer ${writer.id}: ${writer.seen} was read and is lost, ${found.counter} found`);
  writer.state = found;
  writer.unanswered = [];
  writer.seen = found.counter;
  return applied ?? 0;
}
