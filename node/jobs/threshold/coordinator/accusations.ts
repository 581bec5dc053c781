/** Custodians that were caught, on the disk until the operator has looked at them. `accused/` ‖ custodian (1): why, in UTF-8. */
import type { KeyValueStore } from '../../../store/kv.ts';
import { coordinatorLimits } from './limits.ts';

export function accusationName(custodian: number): Uint8Array {
  return Buffer.concat([Buffer.from('accused/', 'ascii'), Buffer.of(custodian)]);
}

export class Accusations {
  readonly #store: KeyValueStore;
  readonly #all: Map<number, string>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(store: KeyValueStore, all: Map<number, string>) {
    this.#store = store;
    this.#all = all;
  }

  static async open(store: KeyValueStore, custodians: readonly number[]): Promise<Accusations> {
    const all = new Map<number, string>();
    for (const custodian of custodians) {
      const why = await store.get(accusationName(custodian));
      if (why !== undefined) all.set(custodian, Buffer.from(why).toString('utf8'));
    }
    return new Accusations(store, all);
  }

  why(custodian: number): string | undefined {
    return this.#all.get(custodian);
  }

  /** Holds at once; on the disk when `settled` resolves. @returns whether it is new */
  add(custodian: number, why: string): boolean {
    if (this.#all.has(custodian)) return false;
    const text = why.slice(0, coordinatorLimits.accusationCharsMax);
    this.#all.set(custodian, text);
    this.#write({ type: 'put', key: accusationName(custodian), value: Buffer.from(text, 'utf8') });
    return true;
  }

  clear(custodian: number): void {
    if (this.#all.delete(custodian)) this.#write({ type: 'del', key: accusationName(custodian) });
  }

  /** @throws what the disk said */
  settled(): Promise<void> {
    return this.#writing;
  }

  #write(operation: Parameters<KeyValueStore['batch']>[0][number]): void {
    this.#writing = Promise.all([this.#writing, this.#store.batch([operation], { sync: true })]).then(
      () => undefined,
    );
    // Whoever settles hears of it; it holds in memory in any case.
    this.#writing.catch(() => undefined);
  }
}
