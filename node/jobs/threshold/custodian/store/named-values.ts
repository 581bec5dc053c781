/** Small durable values by name, sealed: what an authority keeps, and keys that custodians share in groups. */
import type { Bytes, ControlStore } from '../../../../api/index.ts';
import { custodianLimits } from '../limits.ts';
import type { SealedStore, Space } from './sealed-store.ts';

export class NamedValues implements ControlStore {
  readonly #store: SealedStore;
  readonly #space: Space;

  constructor(store: SealedStore, of: Space) {
    this.#store = store;
    this.#space = of;
  }

  async get(name: string): Promise<Bytes | undefined> {
    return this.#store.get(this.#space, encode(name));
  }

  async put(entries: readonly (readonly [name: string, value: Bytes | undefined])[]): Promise<void> {
    for (const [, value] of entries) {
      if ((value?.length ?? 0) > custodianLimits.valueBytesMax) throw new RangeError('a value is too long');
    }
    await this.#store.put(
      this.#space,
      entries.map(([name, value]) => ({ name: encode(name), value })),
    );
  }

  /** Names are in the order of their bytes in UTF-8. */
  async list(
    prefix: string,
    max: number,
    after?: string,
  ): Promise<readonly (readonly [name: string, value: Bytes])[]> {
    const found: (readonly [string, Bytes])[] = [];
    const from = after === undefined ? undefined : encode(after);
    if (max <= 0) return found;
    for await (const [name, value] of this.#store.entries(this.#space, encode(prefix), from)) {
      found.push([name.toString('utf8'), value]);
      if (found.length >= Math.min(max, custodianLimits.listMax)) break;
    }
    return found;
  }
}

function encode(name: string): Buffer {
  if (name.length > custodianLimits.valueNameCharsMax)
    throw new RangeError('the name of a value is too long');
  return Buffer.from(name, 'utf8');
}
