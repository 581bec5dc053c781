/** Variables of a function and how far it has come, at one place of one branch. */
import { type Bit, FALSE, TRUE } from '../../circuit/builder.ts';
import type { Span } from '../errors.ts';
import type { Type } from '../types.ts';
import { choose, type Making, type Value } from './making.ts';

/** Of the variables in use. Branches of a function agree about a slot that was in use before them. */
export interface Frame {
  readonly types: Type[];
  /** Where the variable was last assigned to, for messages. */
  readonly assigned: (Span | undefined)[];
  readonly returns: Type;
}

export class State {
  readonly frame: Frame;
  readonly slots: (Value | undefined)[];
  /** The next statement is reached: there was no return, and in the innermost loop no break or continue. */
  alive: Bit = TRUE;
  /** The innermost loop was left. */
  broken: Bit = FALSE;
  returned: Bit = FALSE;
  /** Undefined as long as nothing can have been returned. */
  result: Value | undefined = undefined;

  constructor(frame: Frame, slots: readonly (Value | undefined)[]) {
    this.frame = frame;
    this.slots = [...slots];
  }

  /** The same variables where the next statement is known to be reached. */
  fork(): State {
    return new State(this.frame, this.slots);
  }

  /** Becomes what `other` is when the condition holds. */
  choose(making: Making, condition: Bit, other: State, slots: number, span: Span): void {
    const { builder } = making;
    const { frame } = this;
    making.at = span;
    making.count(span, slots);
    for (let slot = 0; slot < slots; slot++) {
      const [theirs, ours] = [other.slots[slot]!, this.slots[slot]!];
      this.slots[slot] = choose(making, condition, theirs, ours, frame.types[slot]!, () =>
        this.numberError(making, frame.assigned[slot] ?? span),
      );
    }
    this.alive = builder.mux(condition, other.alive, this.alive);
    this.broken = builder.mux(condition, other.broken, this.broken);
    this.returned = builder.mux(condition, other.returned, this.returned);
    if (other.result === undefined) return;
    // Where nothing was returned, whatever is there is not looked at.
    this.result =
      this.result === undefined
        ? other.result
        : choose(making, condition, other.result, this.result, frame.returns, () =>
            making.error(
              'number-under-secret',
              span,
              'the number that is returned depends on a secret: give it a type',
            ),
          );
  }

  private numberError(making: Making, span: Span): Error & ReturnType<Making['error']> {
    const text =
      'a number that is known while compiling would depend on a secret: declare it with a type, as in let n: u32 = 0';
    return making.error('number-under-secret', span, text);
  }
}
