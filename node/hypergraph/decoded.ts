/**
 * What every batch asks for again, decoded once: configurations of domains and leases. A stored value never changes, so what was
 * read from it holds for as long as somebody keeps it.
 */
import type { DomainConfig } from '../api/index.ts';
import {
  asBuffer,
  decodeDomain,
  decodeLease,
  type StoredDomain,
  type StoredLease,
  sha256,
} from './format/v1.ts';

const domains = new WeakMap<Uint8Array, StoredDomain>();
const leases = new WeakMap<Uint8Array, StoredLease>();
const writers = new WeakMap<DomainConfig, ReadonlySet<string>>();
const resourceHashes = new Map<string, Buffer>();
const resourceHashesMax = 1024;

function remembered<Key extends WeakKey, Value>(
  key: Key,
  known: WeakMap<Key, Value>,
  make: (key: Key) => Value,
): Value {
  let value = known.get(key);
  if (value === undefined) {
    value = make(key);
    known.set(key, value);
  }
  return value;
}

/** @throws NodeError `malformed` */
export function storedDomain(value: Uint8Array): StoredDomain {
  return remembered(value, domains, decodeDomain);
}

/** @throws NodeError `malformed` */
export function storedLease(value: Uint8Array): StoredLease {
  return remembered(value, leases, decodeLease);
}

/** Texts of the keys that may write. */
export function writersOf(config: DomainConfig): ReadonlySet<string> {
  return remembered(config, writers, ({ writerKeys }) => new Set(writerKeys.map(keyText)));
}

export function keyText(key: Uint8Array): string {
  return asBuffer(key).toString('latin1');
}

/** Of a lease's resource. Not to be changed. */
export function resourceHash(resource: string): Buffer {
  let hash = resourceHashes.get(resource);
  if (hash === undefined) {
    hash = sha256(Buffer.from(resource, 'utf8'));
    if (resourceHashes.size >= resourceHashesMax) resourceHashes.clear();
    resourceHashes.set(resource, hash);
  }
  return hash;
}
