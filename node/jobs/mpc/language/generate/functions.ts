/** Calls: a function becomes the gates of its body each time. */
import type { FunctionInstance } from '../check/tree.ts';
import type { Span } from '../errors.ts';
import type { Making, Value } from './making.ts';
import { State } from './state.ts';
import { run } from './statements.ts';

export function callFunction(
  making: Making,
  { parameters, returns, body, name }: FunctionInstance,
  args: readonly Value[],
  span: Span,
): Value {
  making.budget.open(span);
  const state = new State({ types: [...parameters], assigned: [], returns: returns! }, args);
  run(making, body!, state);
  making.budget.close();
  if (state.result === undefined) throw new Error(`${name} returned nothing`);
  return state.result;
}
