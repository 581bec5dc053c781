/**
 * What multiplication by secrets is made of: no choice between instructions, none whose time depends on its operands, loops of
 * fixed length. (That no address depends on the scalar is for a reader to see in emit/secret.ts: the scalar's digit only makes masks.)
 */
import { describe, expect, test } from 'vitest';
import { Layout, type Routine } from '../emit/asm.ts';
import { constantsMax, kernelRoutines } from '../emit/kernel.ts';

type Func = Routine['func'];
interface Instruction {
  readonly string: string;
  readonly deps: readonly { readonly kind: string }[];
  readonly resolveArgs: readonly unknown[];
}

const routines = kernelRoutines(new Layout(constantsMax), {});

/** All instructions of a routine and of those it calls, in order within each, bodies of loops included. */
function instructionsOf(routine: Routine): Instruction[][] {
  const seen = new Set<Func>();
  const lists: Instruction[][] = [];
  const visit = (func: Func) => {
    if (seen.has(func)) return;
    seen.add(func);
    lists.push(flatten(func.body as unknown as readonly Instruction[]));
    for (const dependency of func.deps) if (dependency.kind === 'function') visit(dependency as Func);
  };
  visit(routine.func);
  return lists;
}

const isInstruction = (value: unknown): value is Instruction =>
  typeof value === 'object' && value !== null && 'string' in value && 'resolveArgs' in value;

const flatten = (body: readonly Instruction[]): Instruction[] =>
  body.flatMap((instruction) => [
    instruction,
    ...instruction.resolveArgs.flatMap((value) =>
      Array.isArray(value) ? flatten(value.filter(isInstruction)) : [],
    ),
  ]);

const chooses = /^(?:if|else|select|br|br_table|return|call_indirect|unreachable)$/;
const takesItsTime = /\.(?:div|rem|sqrt)/;

describe.each(['g1Secret', 'g2Secret'])('%s', (name) => {
  const lists = instructionsOf(routines[name]!);

  test('has no choice and no instruction of varying time', () => {
    const names = new Set(lists.flat().map(({ string }) => string));
    expect(names.has('i64.mul')).toBe(true);
    expect([...names].filter((each) => chooses.test(each) || takesItsTime.test(each))).toEqual([]);
  });

  test('loops count up to a constant, or down to zero', () => {
    for (const list of lists) {
      list.forEach(({ string }, index) => {
        if (string !== 'br_if') return;
        const before = list.slice(Math.max(0, index - 2), index).map((each) => each.string);
        expect([
          ['i32.const', 'i32.lt_u'],
          ['local.set', 'local.get'],
          ['call', 'local.get'],
        ]).toContainEqual(before);
      });
    }
  });
});

test('the search finds choices where there are some', () => {
  const names = new Set(
    instructionsOf(routines.g1Straus!)
      .flat()
      .map(({ string }) => string),
  );
  expect(names.has('if')).toBe(true);
});
