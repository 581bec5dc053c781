/** Counts what is read of a result: something small may contain itself, or the same a million times. */
import { GuestFailure } from './failure.ts';
import { sandboxLimits } from './limits.ts';

export class ResultMeter {
  private elements = 0;
  private bytes = 0;

  start(): void {
    this.elements = 0;
    this.bytes = 0;
  }

  /** Before memory is taken for a value of so many bytes. */
  count(bytes: number): void {
    this.elements += 1;
    this.bytes += bytes;
    if (this.elements > sandboxLimits.resultElementsMax || this.bytes > sandboxLimits.resultBytesMax)
      throw new GuestFailure('the result is too large');
  }

  checkDepth(depth: number): void {
    if (depth > sandboxLimits.depthMax) throw new GuestFailure('the result is too deep');
  }
}
