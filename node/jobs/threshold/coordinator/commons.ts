/** What anybody may know of keys, by handle: learned once from enough custodians, forgotten when it turns out to be old. */
import type { Bytes } from '../../../api/index.ts';
import type { Custodians, KeyCommon } from '../party.ts';
import { coordinatorLimits } from './limits.ts';

/** t + 1 equal answers, signed. @throws ThresholdAbort */
export type LearnCommon = (custodians: Custodians, handle: Bytes, signal?: AbortSignal) => Promise<KeyCommon>;

const nameOf = (handle: Bytes) => Buffer.from(handle).toString('hex');

export class KeyCommons {
  readonly #learn: LearnCommon;
  readonly #custodians: Custodians;
  /** Oldest use first. */
  readonly #known = new Map<string, KeyCommon>();
  readonly #learning = new Map<string, Promise<KeyCommon>>();

  constructor(custodians: Custodians, learn: LearnCommon) {
    this.#custodians = custodians;
    this.#learn = learn;
  }

  async get(handle: Bytes): Promise<KeyCommon> {
    const name = nameOf(handle);
    const known = this.#known.get(name);
    if (known !== undefined) {
      this.#put(name, known);
      return known;
    }
    // Without the signal of one of them: others may wait for the same.
    const learning =
      this.#learning.get(name) ??
      this.#learn(this.#custodians, handle).finally(() => this.#learning.delete(name));
    this.#learning.set(name, learning);
    const common = await learning;
    this.#put(name, common);
    return common;
  }

  set(common: KeyCommon): void {
    this.#put(nameOf(common.handle), common);
  }

  /** Unless it is another one by now. */
  forget(handle: Bytes, common?: KeyCommon): void {
    const name = nameOf(handle);
    if (common === undefined || this.#known.get(name) === common) this.#known.delete(name);
  }

  #put(name: string, common: KeyCommon): void {
    this.#known.delete(name);
    this.#known.set(name, common);
    if (this.#known.size <= coordinatorLimits.commonsRememberedMax) return;
    const [oldest] = this.#known.keys();
    this.#known.delete(oldest!);
  }
}
