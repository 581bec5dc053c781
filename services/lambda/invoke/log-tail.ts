/** The last 4 KiB of what an invocation logged, for callers who ask for them. */
import { lambdaLimits } from '../limits.ts';

export class LogTail {
  readonly #pieces: Buffer[] = [];
  #bytes = 0;

  add(message: string): void {
    // No more than its end can be shown; of UTF-16 a unit is at least a byte.
    const end = message.length > lambdaLimits.logTail ? message.slice(-lambdaLimits.logTail) : message;
    const piece = Buffer.from(end.endsWith('\n') ? end : `${end}\n`);
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    while (this.#bytes - this.#pieces[0]!.length >= lambdaLimits.logTail)
      this.#bytes -= this.#pieces.shift()!.length;
  }

  /** At most 4,096 bytes that begin with a whole character. */
  bytes(): Uint8Array {
    const all = Buffer.concat(this.#pieces, this.#bytes);
    let from = Math.max(0, all.length - lambdaLimits.logTail);
    while (from > 0 && from < all.length && (all[from]! & 0xc0) === 0x80) from += 1;
    return all.subarray(from);
  }
}
