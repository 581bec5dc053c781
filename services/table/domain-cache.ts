/** Keys of domains in use, bounded, the least recently used go first. */
import type { Bytes } from '@hypergate/node/api';
import type { DomainKeys } from './domain-keys.ts';

/** `unreadable`: the domain belongs to somebody else. */
export type KnownDomain = DomainKeys | 'unreadable';

export class DomainCache {
  readonly #max: number;
  readonly #domains = new Map<string, KnownDomain>();

  constructor(max: number) {
    this.#max = max;
  }

  get(address: Bytes): KnownDomain | undefined {
    const name = nameOf(address);
    const known = this.#domains.get(name);
    if (known === undefined || this.#domains.size < this.#max / 2) return known;
    this.#domains.delete(name);
    this.#domains.set(name, known);
    return known;
  }

  set(address: Bytes, known: KnownDomain): void {
    this.#domains.set(nameOf(address), known);
    if (this.#domains.size <= this.#max) return;
    for (const oldest of this.#domains.keys()) {
      this.#domains.delete(oldest);
      break;
    }
  }

  delete(address: Bytes): void {
    this.#domains.delete(nameOf(address));
  }

  clear(): void {
    this.#domains.clear();
  }
}

function nameOf(address: Bytes): string {
  return Buffer.from(address.buffer, address.byteOffset, address.byteLength).toString('latin1');
}
