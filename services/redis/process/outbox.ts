/**
 * Answers that wait until what they show is durable. A client's answers keep their order: each stretch names the highest
 * batch it shows, and goes out once that batch is durable.
 */
interface Stretch {
  readonly batch: number;
  readonly pieces: string[];
  bytes: number;
}

export class Outbox {
  private readonly stretches: Stretch[] = [];
  /** Bytes that wait here. */
  bytes = 0;

  get isEmpty(): boolean {
    return this.stretches.length === 0;
  }

  /** @param batch not below that of what was put before */
  put(batch: number, pieces: readonly string[]): void {
    let last = this.stretches.at(-1);
    if (last === undefined || last.batch < batch) {
      last = { batch, pieces: [], bytes: 0 };
      this.stretches.push(last);
    }
    for (const piece of pieces) {
      last.pieces.push(piece);
      last.bytes += piece.length;
      this.bytes += piece.length;
    }
  }

  /** Takes what may go out. */
  release(durable: number, send: (piece: string) => void): void {
    while (this.stretches.length > 0 && this.stretches[0]!.batch <= durable) {
      const { pieces, bytes } = this.stretches.shift()!;
      this.bytes -= bytes;
      for (const piece of pieces) send(piece);
    }
  }
}
