/**
 * Statements as gates. Of a secret condition both branches run on copies of the state, and what differs afterwards is chosen. What
 * follows a secret return, break or continue runs on a copy too, which counts where the statement is reached.
 */
import { type Bit, FALSE, TRUE, type Word } from '../../circuit/builder.ts';
import type { AssignStatement, Block, DeclareTarget, Statement, Step } from '../check/tree.ts';
import type { Span } from '../errors.ts';
import type { Type } from '../types.ts';
import { decode } from './arrays.ts';
import { checkInside, make } from './expressions.ts';
import { asBit, asNumber, asParts, asWord, choose, type Making, partType, type Value } from './making.ts';
import type { State } from './state.ts';

export function run(making: Making, statement: Statement, state: State): void {
  making.budget.open(statement);
  making.at = statement;
  runNode(making, statement, state);
  making.budget.close();
}

function runNode(making: Making, statement: Statement, state: State): void {
  switch (statement.kind) {
    case 'declare':
      declare(state, statement.targets, make(making, statement.value, state.slots), statement);
      return;
    case 'assign':
      assign(making, statement, state);
      return;
    case 'block':
      runBlock(making, statement, state);
      return;
    case 'if':
      runIf(making, statement, state);
      return;
    case 'for':
      runFor(making, statement, state);
      return;
    case 'for-of':
      runForOf(making, statement, state);
      return;
    case 'return':
      state.result = make(making, statement.value, state.slots);
      state.returned = TRUE;
      state.alive = FALSE;
      return;
    case 'break':
      state.broken = TRUE;
      state.alive = FALSE;
      return;
    case 'continue':
      state.alive = FALSE;
  }
}

type Node<K extends Statement['kind']> = Statement & { readonly kind: K };

function declare(state: State, targets: readonly DeclareTarget[], value: Value, span: Span): void {
  for (const { slot, type, index } of targets) {
    state.slots[slot] = index === undefined ? value : asParts(value)[index]!;
    state.frame.types[slot] = type;
    state.frame.assigned[slot] = span;
  }
}

function runBlock(making: Making, { statements, slots, ...span }: Block, state: State): void {
  /** Those before a statement that is not always reached, the latest last. */
  const before: State[] = [];
  let current = state;
  for (const statement of statements) {
    if (current.alive === FALSE) break;
    if (current.alive !== TRUE) {
      before.push(current);
      current = current.fork();
    }
    run(making, statement, current);
  }
  for (let outer = before.pop(); outer !== undefined; outer = before.pop()) {
    continueWith(making, outer, current, slots, span);
    current = outer;
  }
}

/** What a copy did counts where the state was alive. */
function continueWith(making: Making, state: State, copy: State, slots: number, span: Span): void {
  state.choose(making, state.alive, copy, slots, span);
}

function runIf(making: Making, statement: Node<'if'>, state: State): void {
  const { whenTrue, whenFalse, slots } = statement;
  const condition = asBit(make(making, statement.condition, state.slots));
  if (condition === TRUE || condition === FALSE) {
    const taken = condition === TRUE ? whenTrue : whenFalse;
    if (taken !== undefined) run(making, taken, state);
    return;
  }
  const other = state.fork();
  run(making, whenTrue, other);
  if (whenFalse !== undefined) run(making, whenFalse, state);
  state.choose(making, condition, other, slots, statement);
}

function runFor(making: Making, statement: Node<'for'>, state: State): void {
  const { outerSlots, slots, body, update } = statement;
  for (const each of statement.initial) run(making, each, state);
  for (;;) {
    const condition = asBit(make(making, statement.condition, state.slots));
    if (condition !== TRUE && condition !== FALSE) throw new Error('a known condition is not known');
    if (condition === FALSE || isOver(state)) break;
    making.budget.iterate(statement);
    runIteration(making, state, slots, statement, (reached) => run(making, body, reached));
    for (const each of update) runUpdate(making, each, state, outerSlots, slots);
  }
  endLoop(making, state);
}

function runForOf(making: Making, statement: Node<'for-of'>, state: State): void {
  const elements = asParts(make(making, statement.iterable, state.slots));
  for (const element of elements) {
    if (isOver(state)) break;
    making.budget.iterate(statement);
    runIteration(making, state, statement.slots, statement, (reached) => {
      declare(reached, statement.targets, element, statement);
      run(making, statement.body, reached);
    });
  }
  endLoop(making, state);
}

/** The loop is left for certain. */
function isOver({ alive }: State): boolean {
  return alive === FALSE;
}

function runIteration(
  making: Making,
  state: State,
  slots: number,
  span: Span,
  body: (reached: State) => void,
): void {
  const { builder } = making;
  if (state.alive === TRUE) body(state);
  else {
    const copy = state.fork();
    body(copy);
    continueWith(making, state, copy, slots, span);
  }
  // The next one comes unless there was a break or a return; continue ends here.
  state.alive = builder.not(builder.or(state.broken, state.returned));
}

/** A number of the loop's own counts on in any case: how often the loop runs is known. The rest counts while it runs. */
function runUpdate(making: Making, update: Statement, state: State, outerSlots: number, slots: number): void {
  const isOwnNumber =
    update.kind === 'assign' &&
    update.slot >= outerSlots &&
    update.path.length === 0 &&
    update.value.type.kind === 'number';
  if (isOwnNumber || state.alive === TRUE) {
    run(making, update, state);
  } else if (state.alive !== FALSE) {
    const copy = state.fork();
    run(making, update, copy);
    continueWith(making, state, copy, slots, update);
  }
}

function endLoop({ builder }: Making, state: State): void {
  state.broken = FALSE;
  state.alive = builder.not(state.returned);
}

function assign(making: Making, statement: AssignStatement, state: State): void {
  const { slot, path } = statement;
  const value = make(making, statement.value, state.slots);
  const steps = path.map((step) => resolveStep(making, step, state));
  making.at = statement;
  const before = state.slots[slot]!;
  state.slots[slot] = withPart(making, before, state.frame.types[slot]!, steps, value, statement);
  state.frame.assigned[slot] = statement;
}

/** A place that is known, or a word. */
type ResolvedStep = number | Word;

function resolveStep(making: Making, step: Step, state: State): ResolvedStep | { known: bigint; step: Step } {
  if (step.kind === 'field') return step.index;
  const index = make(making, step.index, state.slots);
  return step.index.type.kind === 'number' ? { known: asNumber(index), step } : asWord(index);
}

function withPart(
  making: Making,
  before: Value,
  type: Type,
  [step, ...rest]: readonly ReturnType<typeof resolveStep>[],
  value: Value,
  statement: AssignStatement,
): Value {
  if (step === undefined) return value;
  const parts = asParts(before);
  making.count(statement, parts.length >> 4);
  if (typeof step === 'number' || 'known' in step) {
    const index = typeof step === 'number' ? step : knownIndex(making, step, parts.length);
    return parts.with(index, withPart(making, parts[index]!, partType(type, index), rest, value, statement));
  }
  const hits: Bit[] = decode(making, step, parts.length);
  return parts.map((part, i) => {
    if (hits[i] === FALSE) return part;
    const changed = withPart(making, part, partType(type, i), rest, value, statement);
    return choose(making, hits[i]!, changed, part, partType(type, i), () =>
      making.error(
        'number-under-secret',
        statement,
        'a secret index chooses among numbers: give them a type',
      ),
    );
  });
}

function knownIndex(making: Making, { known, step }: { known: bigint; step: Step }, length: number): number {
  if (step.kind === 'element') checkInside(making, step.index, known, length);
  return Number(known);
}
