/**
 * Presignatures that a coordinator has ready, by group and set of signers: they do not depend on the key, so one stock serves all keys of a
 * curve. A stock that runs low is filled in the background, on the occasion of a signature; nothing keeps the process alive.
 */
import type { KeyScheme } from '../../../api/index.ts';
import { ThresholdAbort } from '../errors.ts';
import { failureOf } from '../gather.ts';
import type { Group } from '../groups/index.ts';
import type { Custodians } from '../party.ts';
import { ensurePrss, type PrssName, renewPrss } from '../prss/index.ts';
import { ecdsaGroupOf } from './curve.ts';
import { ecdsaLimits } from './limits.ts';
import { type CommonPresignature, groupKey, makeBatch } from './presign.ts';
import { forgetHandler } from './sign-handler.ts';

interface Stock {
  readonly group: Group;
  readonly signers: readonly number[];
  readonly ready: CommonPresignature[];
  making: Promise<void> | undefined;
}

export class PresignaturePool {
  readonly #custodians: Custodians;
  readonly #stocks = new Map<string, Stock>();
  #keys: Promise<PrssName> | undefined;
  #closed = false;
  /** Of work in the background: a fault of ours, not of a custodian. */
  #fault: { readonly error: unknown } | undefined;

  constructor(custodians: Custodians) {
    this.#custodians = custodians;
  }

  /** Makes keys of pseudo-random sharing, and a first batch for this scheme. @throws ThresholdAbort */
  async prepare(scheme: KeyScheme): Promise<void> {
    const signers = this.#first(this.#custodians.available());
    const stock = this.#stock(ecdsaGroupOf(scheme), signers);
    while (stock.ready.length < ecdsaLimits.stockLow) await this.#make(stock, ecdsaLimits.batch);
  }

  /**
   * New keys of pseudo-random sharing. Presignatures that are ready are forgotten on both sides; groups that had some get others.
   * @throws ThresholdAbort
   */
  async renew(): Promise<void> {
    const keys = renewPrss(this.#custodians);
    this.#keys = keys;
    try {
      await keys;
    } catch (error) {
      if (this.#keys === keys) this.#keys = undefined;
      throw error;
    }
    const inUse = [...this.#stocks.values()].filter(({ ready }) => ready.length > 0);
    // Batches that were begun before end first: they would come back.
    await Promise.allSettled([...this.#stocks.values()].map(({ making }) => making));
    for (const { ready } of this.#stocks.values()) ready.length = 0;
    await this.#forget();
    for (const stock of inUse) this.#refill(stock);
  }

  async #forget(): Promise<void> {
    const none = new Uint8Array(0);
    const asked = this.#custodians
      .available()
      .map((index) => this.#custodians.ask(index, forgetHandler.kind, none));
    for (const outcome of await Promise.allSettled(asked)) {
      if (outcome.status === 'rejected' && !(outcome.reason instanceof ThresholdAbort)) throw outcome.reason;
    }
  }

  /** No work in the background any more, once it resolves. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled([...this.#stocks.values()].map(({ making }) => making));
    this.#stocks.clear();
  }

  /** How many are ready, of all sets of signers. */
  size(scheme: KeyScheme): number {
    const group = ecdsaGroupOf(scheme);
    return [...this.#stocks.values()]
      .filter((stock) => stock.group === group)
      .reduce((sum, { ready }) => sum + ready.length, 0);
  }

  /**
   * One presignature, of signers among these: of those that are ready, if any.
   *
   * @param allowed best first, at least 2t + 1
   * @throws ThresholdAbort which names who failed, if it can
   */
  async take(group: Group, allowed: readonly number[]): Promise<CommonPresignature> {
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault !== undefined) throw fault.error;
    const stock = this.#usable(group, allowed) ?? this.#stock(group, this.#first(allowed));
    while (stock.ready.length === 0) {
      if (this.#closed) throw new ThresholdAbort('unavailable', undefined, 'the pool is closed');
      await this.#make(stock, ecdsaLimits.urgentBatch);
    }
    const taken = stock.ready.shift()!;
    if (stock.ready.length < ecdsaLimits.stockLow) this.#refill(stock);
    return taken;
  }

  /** It has none of its presignatures any more. */
  drop(custodian: number): void {
    for (const { signers, ready } of this.#stocks.values()) if (signers.includes(custodian)) ready.length = 0;
  }

  #first(allowed: readonly number[]): number[] {
    const count = 2 * this.#custodians.committee.threshold + 1;
    if (allowed.length < count)
      throw new ThresholdAbort('unavailable', undefined, 'too few custodians take part');
    return allowed.slice(0, count).sort((left, right) => left - right);
  }

  #usable(group: Group, allowed: readonly number[]): Stock | undefined {
    const isUsable = (stock: Stock) =>
      stock.group === group &&
      stock.ready.length > 0 &&
      stock.signers.every((index) => allowed.includes(index));
    const preferred = this.#stocks.get(groupKey(group, this.#first(allowed)));
    if (preferred !== undefined && isUsable(preferred)) return preferred;
    return [...this.#stocks.values()].find(isUsable);
  }

  #stock(group: Group, signers: readonly number[]): Stock {
    const name = groupKey(group, signers);
    const known = this.#stocks.get(name);
    if (known !== undefined) return known;
    for (const [oldest, { making }] of this.#stocks) {
      if (this.#stocks.size < ecdsaLimits.stocksMax) break;
      if (making === undefined) this.#stocks.delete(oldest);
    }
    const stock: Stock = { group, signers, ready: [], making: undefined };
    this.#stocks.set(name, stock);
    return stock;
  }

  /** Joins the batch that is being made, or makes one. */
  async #make(stock: Stock, count: number): Promise<void> {
    stock.making ??= this.#batch(stock, count).finally(() => {
      stock.making = undefined;
    });
    await stock.making;
  }

  async #batch(stock: Stock, count: number): Promise<void> {
    const { group, signers, ready } = stock;
    const prss = await this.#prssKeys();
    try {
      const batch = await makeBatch(this.#custodians, { group, prss, signers, count });
      for (let index = 0; index < count; index += 1) ready.push({ batch, index });
    } catch (error) {
      // A signer may have other keys than it had: they are looked at again.
      if (error instanceof ThresholdAbort && error.reason === 'stale') this.#keys = undefined;
      throw error;
    }
  }

  async #prssKeys(): Promise<PrssName> {
    const keys = (this.#keys ??= ensurePrss(this.#custodians));
    try {
      return await keys;
    } catch (error) {
      if (this.#keys === keys) this.#keys = undefined;
      throw error;
    }
  }

  #refill(stock: Stock): void {
    if (this.#closed || stock.making !== undefined) return;
    this.#make(stock, ecdsaLimits.batch).catch((error: unknown) => {
      try {
        // Who failed is accused if it cheated; the next signature that finds no stock tries again, and says what is wrong.
        failureOf(error, undefined, this.#custodians);
      } catch (fault) {
        this.#fault = { error: fault };
      }
    });
  }
}

const pools = new WeakMap<Custodians, PresignaturePool>();

/** The pool of these custodians: the coordinator prepares and closes it. */
export function poolOf(custodians: Custodians): PresignaturePool {
  const known = pools.get(custodians);
  if (known !== undefined) return known;
  const made = new PresignaturePool(custodians);
  pools.set(custodians, made);
  return made;
}
