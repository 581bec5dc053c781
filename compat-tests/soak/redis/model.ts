/**
 * What one writer of the Redis kill loop does and what its keys must then hold. A writer's commands take effect in order, so
 * after a kill its keys hold what the answered commands made, and some first few of those that were not answered.
 */
import type { SeededRandom } from '../../lib/random.ts';

/** One request: a command, or several that are one transaction. */
export interface Step {
  readonly commands: readonly (readonly string[])[];
  readonly apply: (state: WriterState) => void;
}

export interface WriterState {
  counter: number;
  strings: Record<string, string>;
  list: string[];
  hash: Record<string, string>;
  scores: Record<string, number>;
  /** Both are always set together. */
  pair: string;
  /** Raised together by a script. */
  scripted: number;
  entries: number;
}

export function emptyState(): WriterState {
  return {
    counter: 0,
    strings: {},
    list: [],
    hash: {},
    scores: {},
    pair: '',
    scripted: 0,
    entries: 0,
  };
}

const script = "local a = redis.call('incr', KEYS[1]); redis.call('set', KEYS[2], a); return a";

/** @param serial differs for every step of a writer */
export function randomStep(writer: number, serial: number, random: SeededRandom): Step {
  const key = (name: string) => `w${writer}:${name}`;
  const value = `${serial}:${'v'.repeat(random.between(0, 200))}`;
  const slot = String(random.between(0, 9));
  switch (random.between(0, 9)) {
    case 0:
    case 1:
      return one(['INCR', key('counter')], (state) => {
        state.counter++;
      });
    case 2:
      return one(['SET', key(`s${slot}`), value], (state) => {
        state.strings[slot] = value;
      });
    case 3:
      return one(['DEL', key(`s${slot}`)], (state) => {
        delete state.strings[slot];
      });
    case 4:
      return one(['RPUSH', key('list'), value], (state) => {
        state.list.push(value);
      });
    case 5:
      return one(['LPOP', key('list')], (state) => {
        state.list.shift();
      });
    case 6:
      return one(['HSET', key('hash'), slot, value], (state) => {
        state.hash[slot] = value;
      });
    case 7:
      return one(['ZADD', key('scores'), String(serial), slot], (state) => {
        state.scores[slot] = serial;
      });
    case 8:
      return {
        commands: [['MULTI'], ['SET', key('a'), value], ['SET', key('b'), value], ['EXEC']],
        apply(state) {
          state.pair = value;
        },
      };
    default:
      return random.next() < 0.5
        ? one(['EVAL', script, '2', key('e1'), key('e2')], (state) => {
            state.scripted++;
          })
        : one(['XADD', key('entries'), '*', 'n', value], (state) => {
            state.entries++;
          });
  }
}

function one(command: readonly string[], apply: (state: WriterState) => void): Step {
  return { commands: [command], apply };
}

/** Reads everything of a writer, as a state. */
export async function readState(
  writer: number,
  call: (...command: string[]) => Promise<unknown>,
): Promise<WriterState> {
  const key = (name: string) => `w${writer}:${name}`;
  const strings: Record<string, string> = {};
  for (let slot = 0; slot <= 9; slot++) {
    const found = await call('GET', key(`s${slot}`));
    if (found !== null) strings[String(slot)] = String(found);
  }
  const pair = (flat: unknown) => {
    const words = flat as string[];
    return Object.fromEntries(
      Array.from({ length: words.length / 2 }, (_, i) => [words[2 * i]!, words[2 * i + 1]!]),
    );
  };
  const [a, b, e1, e2] = (await call('MGET', key('a'), key('b'), key('e1'), key('e2'))) as (string | null)[];
  const scores = pair(await call('ZRANGE', key('scores'), '0', '-1', 'WITHSCORES'));
  return {
    counter: Number((await call('GET', key('counter'))) ?? 0),
    strings,
    list: (await call('LRANGE', key('list'), '0', '-1')) as string[],
    hash: pair(await call('HGETALL', key('hash'))),
    scores: Object.fromEntries(Object.entries(scores).map(([name, score]) => [name, Number(score)])),
    pair: a === b ? (a ?? '') : `torn: ${a?.slice(0, 20)} and ${b?.slice(0, 20)}`,
    scripted: e1 === e2 ? Number(e1 ?? 0) : Number.NaN,
    entries: Number(await call('XLEN', key('entries'))),
  };
}

/** @returns how many of the unanswered steps took effect, or undefined when no number of them explains what was found */
export function explain(
  answered: WriterState,
  unanswered: readonly Step[],
  found: WriterState,
): number | undefined {
  const state = structuredClone(answered);
  const wanted = canonical(found);
  for (let applied = 0; ; applied++) {
    if (canonical(state) === wanted) return applied;
    const step = unanswered[applied];
    if (step === undefined) return undefined;
    step.apply(state);
  }
}

function canonical(state: WriterState): string {
  const sorted = (record: Record<string, unknown>) => Object.entries(record).sort();
  const { strings, hash, scores, ...rest } = state;
  return JSON.stringify({ ...rest, strings: sorted(strings), hash: sorted(hash), scores: sorted(scores) });
}
