/** The checker proves itself: planted faults are found, and what a real register did is never called a fault. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../lib/random.ts';
import type { Action, ObjectCall, Outcome } from './history.ts';
import { judge } from './judge.ts';
import { checkLinearizable } from './linearizability.ts';
import { objectModel } from './object-model.ts';

type Line = readonly [invoked: number, answered: number, action: Action, outcome: Outcome];

const put = (etag: string): Action => ({ kind: 'put', etag });
const create = (etag: string): Action => ({ kind: 'put', etag, condition: { ifNoneMatch: '*' } });
const replace = (etag: string, before: string): Action => ({
  kind: 'put',
  etag,
  condition: { ifMatch: before },
});
const get: Action = { kind: 'get' };
const remove: Action = { kind: 'delete' };
const done: Outcome = { is: 'done' };
const refused: Outcome = { is: 'refused' };
const absent: Outcome = { is: 'absent' };
const unknown: Outcome = { is: 'unknown' };
const seen = (etag: string): Outcome => ({ is: 'seen', etag });

function history(...lines: readonly Line[]): ObjectCall[] {
  return lines.map(([invoked, answered, action, outcome], caller) => ({
    caller,
    key: 'k',
    action,
    outcome,
    invoked,
    answered,
  }));
}

function verdict(...lines: readonly Line[]): string {
  return checkLinearizable(history(...lines), objectModel).kind;
}

const valid: [string, Line[]][] = [
  ['nothing at all', []],
  [
    'calls one after another',
    [
      [0, 1, put('a'), done],
      [2, 3, get, seen('a')],
      [4, 5, remove, done],
      [6, 7, get, absent],
    ],
  ],
  [
    'a read that overlaps a write and sees it',
    [
      [0, 9, put('a'), done],
      [1, 2, get, seen('a')],
    ],
  ],
  [
    'a read that overlaps a write and does not',
    [
      [0, 9, put('a'), done],
      [1, 2, get, absent],
    ],
  ],
  [
    'overlapping writes in the order the reads tell',
    [
      [0, 9, put('a'), done],
      [0, 9, put('b'), done],
      [10, 11, get, seen('a')],
    ],
  ],
  [
    'one of two creators',
    [
      [0, 9, create('a'), done],
      [0, 9, create('b'), refused],
      [10, 11, get, seen('a')],
    ],
  ],
  [
    'two creators with a removal between',
    [
      [0, 9, create('a'), done],
      [0, 9, create('b'), done],
      [0, 9, remove, done],
    ],
  ],
  [
    'a chain of replacements',
    [
      [0, 1, create('a'), done],
      [2, 9, replace('b', 'a'), done],
      [2, 9, replace('c', 'a'), refused],
      [10, 11, replace('d', 'b'), done],
    ],
  ],
  [
    'an unanswered write that happened late',
    [
      [0, 20, put('a'), unknown],
      [1, 2, get, absent],
      [10, 11, get, seen('a')],
    ],
  ],
  [
    'an unanswered write that never happened',
    [
      [0, 20, put('a'), unknown],
      [30, 31, get, absent],
    ],
  ],
  ['replacing what is not there', [[0, 1, replace('b', 'a'), absent]]],
  [
    'a conflict that did nothing',
    [
      [0, 1, create('a'), { is: 'conflict' }],
      [2, 3, get, absent],
    ],
  ],
];

test.each(valid)('accepted: %s', (_name, lines) => {
  expect(verdict(...lines)).toBe('linearizable');
});

const planted: [string, Line[]][] = [
  [
    'a stale read',
    [
      [0, 1, put('a'), done],
      [2, 3, put('b'), done],
      [4, 5, get, seen('a')],
    ],
  ],
  [
    'two reads in turn that see two writes in two orders',
    [
      [0, 9, put('a'), done],
      [0, 9, put('b'), done],
      [10, 11, get, seen('a')],
      [12, 13, get, seen('b')],
    ],
  ],
  [
    'a lost update: both replaced the same version',
    [
      [0, 1, put('a'), done],
      [2, 9, replace('b', 'a'), done],
      [2, 9, replace('c', 'a'), done],
    ],
  ],
  [
    'two winners',
    [
      [0, 9, create('a'), done],
      [0, 9, create('b'), done],
    ],
  ],
  [
    'no winner',
    [
      [0, 9, create('a'), refused],
      [0, 9, create('b'), refused],
    ],
  ],
  [
    'an acknowledged write that is gone',
    [
      [0, 1, put('a'), done],
      [2, 3, get, absent],
    ],
  ],
  [
    'a removed object that comes back',
    [
      [0, 1, put('a'), done],
      [2, 3, remove, done],
      [4, 5, get, seen('a')],
    ],
  ],
  [
    'a refusal without a reason',
    [
      [0, 1, put('a'), done],
      [2, 3, replace('b', 'a'), refused],
    ],
  ],
  ['a value nobody wrote', [[0, 1, get, seen('x')]]],
  [
    'an unanswered write that happens after its process ended',
    [
      [0, 5, put('a'), unknown],
      [6, 7, get, absent],
      [8, 9, get, seen('a')],
    ],
  ],
  [
    'an unanswered write that happens twice',
    [
      [0, 5, put('a'), unknown],
      [1, 2, get, seen('a')],
      [3, 4, remove, done],
      [10, 11, get, seen('a')],
    ],
  ],
  [
    'a conflict that did something',
    [
      [0, 1, create('a'), { is: 'conflict' }],
      [2, 3, get, seen('a')],
    ],
  ],
  [
    'a listing that misses what was stored',
    [
      [0, 1, put('a'), done],
      [2, 3, { kind: 'list' }, absent],
    ],
  ],
];

test.each(planted)('found: %s', (_name, lines) => {
  expect(verdict(...lines)).toBe('violation');
});

test('the report of two winners names them', () => {
  const { faults, races } = judge(history([0, 9, create('aaa'), done], [1, 8, create('bbb'), done]));
  expect(races).toBe(1);
  expect(faults.join('\n')).toMatch(/2 winners of 2 creators: k[\s\S]*put aaa k[\s\S]*put bbb k/);
  expect(faults.join('\n')).toMatch(/not linearisable: k/);
});

test('a search beyond its bound claims nothing', () => {
  const lines = Array.from({ length: 12 }, (_unused, i): Line => [0, 100, put(`w${i}`), done]);
  expect(checkLinearizable(history(...lines, [101, 102, get, seen('x')]), objectModel, 50).kind).toBe(
    'undecided',
  );
});

describe('histories of a real register under random timing', () => {
  test('are accepted', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const result = checkLinearizable(randomHistory(seed, 200), objectModel);
        expect(result.kind).toBe('linearizable');
      }),
      { numRuns: 60 },
    );
  });

  test('with one answer changed to the impossible are refused', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(), (seed, which) => {
        const calls = randomHistory(seed, 120);
        const reads = calls.flatMap(({ action, outcome }, i) =>
          action.kind === 'get' && outcome.is === 'seen' ? [i] : [],
        );
        fc.pre(reads.length > 0);
        const at = reads[which % reads.length]!;
        // An etag whose writer was only called afterwards.
        const broken = calls.with(at, { ...calls[at]!, outcome: seen('from the future') });
        broken.push({
          ...calls[at]!,
          action: put('from the future'),
          outcome: done,
          invoked: 1e6,
          answered: 1e6 + 1,
        });
        expect(checkLinearizable(broken, objectModel).kind).toBe('violation');
      }),
      { numRuns: 60 },
    );
  });

  test('agree with a plain search through all orders', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const calls = shaken(randomHistory(seed, 6), seed);
        const fast = checkLinearizable(calls, objectModel).kind === 'linearizable';
        expect(fast).toBe(someOrder(calls, null));
      }),
      { numRuns: 400 },
    );
  });
});

/** Calls take effect at one moment between being sent and answered; some are never answered. */
function randomHistory(seed: number, length: number): ObjectCall[] {
  const random = new SeededRandom(seed);
  const etags = Array.from({ length: 6 }, (_unused, i) => `e${i}`);
  const actions = Array.from({ length }, (_unused, caller) => {
    const etag = random.pick(etags);
    const action = random.pick<Action>([
      put(etag),
      create(etag),
      replace(etag, random.pick(etags)),
      remove,
      get,
      get,
      { kind: 'get', condition: { ifMatch: etag } },
    ]);
    const moment = random.next() * length;
    return {
      caller,
      action,
      moment,
      before: random.next() * 4,
      behind: random.next() * 4,
      lost: random.next() < 0.05,
    };
  }).sort((a, b) => a.moment - b.moment);
  let state: string | null = null;
  return actions.map(({ caller, action, moment, before, behind, lost }) => {
    const happens = !lost || random.next() < 0.5;
    const outcome = happens ? perform(action, state) : unknown;
    if (outcome.is === 'done') state = 'etag' in action ? action.etag : null;
    const times = { invoked: moment - before, answered: moment + behind };
    return { caller, key: 'k', action, outcome: lost ? unknown : outcome, ...times };
  });
}

function perform(action: Action, state: string | null): Outcome {
  const { condition } = action;
  if (condition !== undefined && 'ifMatch' in condition) {
    if (state === null) return absent;
    if (state !== condition.ifMatch) return refused;
  }
  if (condition !== undefined && 'ifNoneMatch' in condition && state !== null) return refused;
  if (action.kind !== 'get') return done;
  return state === null ? absent : seen(state);
}

/** Exchanges two answers: the result may be valid or not. */
function shaken(calls: ObjectCall[], seed: number): ObjectCall[] {
  const random = new SeededRandom(`shake ${seed}`);
  const [a, b] = [random.between(0, calls.length - 1), random.between(0, calls.length - 1)];
  return calls.map((call, i) => ({
    ...call,
    outcome: (i === a ? calls[b]! : i === b ? calls[a]! : call).outcome,
  }));
}

/** Every order that keeps real time, without memory or shortcuts. */
function someOrder(left: readonly ObjectCall[], state: string | null): boolean {
  if (left.length === 0) return true;
  const soonest = Math.min(...left.map(({ answered }) => answered));
  return left.some((call, i) => {
    if (call.invoked > soonest) return false;
    return objectModel.step(state, call).some((next) => someOrder(left.toSpliced(i, 1), next));
  });
}
