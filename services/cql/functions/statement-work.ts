/**
 * What the functions of users cost that one statement calls, however many rows it has: counted in the steps of the sandbox. The count goes
 * with the statement through whatever it waits for, so that nothing between it and its functions has to hand it on.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { functionLimits } from './limits.ts';

/** So many steps, and what is said when they are not enough. */
export interface StepLimit {
  readonly steps: number;
  readonly message: string;
}

const overTurn = 'the functions of a row, or of a statement that changes rows, took too much work together';
const overStatement = 'the functions of the statement took too much work together';

export class StatementWork {
  private readonly limits: Readonly<Record<keyof typeof functionLimits, number>>;
  private taken = 0;
  private turnBegan = 0;

  constructor(limits: Readonly<Record<keyof typeof functionLimits, number>> = functionLimits) {
    this.limits = limits;
  }

  /** What the next call may take at most. Of no steps when nothing is left. */
  limit(call: StepLimit): StepLimit {
    const { statementStepsMax, turnStepsMax } = this.limits;
    const ofStatement = statementStepsMax - this.taken;
    const ofTurn = turnStepsMax - (this.taken - this.turnBegan);
    if (call.steps <= Math.min(ofStatement, ofTurn)) return call;
    return ofStatement <= ofTurn
      ? { steps: Math.max(ofStatement, 0), message: overStatement }
      : { steps: Math.max(ofTurn, 0), message: overTurn };
  }

  add(steps: number): void {
    this.taken += steps;
  }

  /** Others should have their turn, as soon as this statement can stop. */
  get isTurnOver(): boolean {
    return this.taken - this.turnBegan >= this.limits.turnSteps;
  }

  /** They have it. */
  nextTurn(): void {
    this.turnBegan = this.taken;
  }
}

const current = new AsyncLocalStorage<StatementWork>();

/** Everything that `run` does and waits for is one statement. */
export function asStatement<Result>(run: () => Result, work = new StatementWork()): Result {
  return current.run(work, run);
}

/** Undefined where nothing is counted. */
export function statementWork(): StatementWork | undefined {
  return current.getStore();
}
