/** What compiling may cost, counted in steps rather than in time, so that a source ends the same way on every machine. */
import type { CompileError, SourceText, Span } from './errors.ts';
import { type CompileLimits, languageLimits } from './limits.ts';

export class Budget {
  readonly limits: CompileLimits;
  private readonly source: SourceText;
  private steps = 0;
  private iterations = 0;
  private levels = 0;

  constructor(source: SourceText, limits: CompileLimits) {
    this.source = source;
    this.limits = limits;
  }

  step(span: Span, steps = 1): void {
    this.steps += steps;
    if (this.steps > this.limits.stepsMax) {
      throw this.limit(span, `the program takes more than ${this.limits.stepsMax} steps to compile`);
    }
  }

  /** One of a loop. */
  iterate(span: Span): void {
    if (++this.iterations > this.limits.iterationsMax) {
      const text = `loops run more than ${this.limits.iterationsMax} times in all: each iteration becomes gates`;
      throw this.limit(span, text);
    }
  }

  /** Opens a level of the tree; `close` ends it. What throws leaves it open: nothing goes on then. */
  open(span: Span, levels = 1): void {
    this.step(span);
    this.levels += levels;
    if (this.levels > languageLimits.openLevelsMax) {
      const text =
        'functions are within each other too deep: a recursion needs an end that is known while compiling';
      throw this.limit(span, text);
    }
  }

  close(levels = 1): void {
    this.levels -= levels;
  }

  limit(span: Span, text: string): CompileError {
    return this.source.error('limit', span, text);
  }
}
