/**
 * What a snapshot sees ("System Information Functions", pg_snapshot): `xmin:xmax:xip,…` with transaction numbers of 64 bits,
 * while decoded changes have the lower 32 of them.
 */
const word = 2 ** 32;
const text = /^(\d{1,16}):(\d{1,16}):((?:\d{1,16}(?:,\d{1,16})*)?)$/;

export class Snapshot {
  readonly #xmax: number;
  readonly #running: ReadonlySet<number>;

  /** @throws RangeError */
  constructor(from: string) {
    const [, , xmax, running] = text.exec(from) ?? [];
    if (xmax === undefined || running === undefined) throw new RangeError('this is no snapshot');
    this.#xmax = Number(xmax);
    this.#running = new Set(running === '' ? [] : running.split(',').map(Number));
  }

  /** Whether it sees a transaction that committed at some time. @param xid its number's lower 32 bits */
  sees(xid: number): boolean {
    const whole = this.#whole(xid);
    return whole < this.#xmax && !this.#running.has(whole);
  }

  /** The number within 2^31 of the snapshot's with these lower bits. */
  #whole(xid: number): number {
    const near = this.#xmax - (this.#xmax % word) + xid;
    if (near - this.#xmax >= word / 2) return near - word;
    return this.#xmax - near > word / 2 ? near + word : near;
  }
}
