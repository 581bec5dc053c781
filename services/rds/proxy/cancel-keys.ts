/**
 * Which backend a CancelRequest means. Clients keep the backend's own pid, since they compare it with that of notifications; the
 * key is the proxy's, long where the client's protocol knows long ones.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { InstanceLink } from './instance-link.ts';

export interface CancelTarget {
  readonly link: InstanceLink;
  readonly pid: number;
  readonly engineKey: Buffer;
}

interface Entry extends CancelTarget {
  readonly key: Buffer;
}

const shortKeyBytes = 4;
const longKeyBytes = 32;
const longKeysFromMinor = 2;

export class CancelKeys {
  /** Instances may have the same pids, if their engines see different ones. */
  private readonly entries = new Map<number, Set<Entry>>();

  /** @param minor of the client's protocol @returns the client's key, and what removes it */
  add(target: CancelTarget, minor: number): { readonly key: Buffer; readonly remove: () => void } {
    const key = randomBytes(minor >= longKeysFromMinor ? longKeyBytes : shortKeyBytes);
    const entry = { ...target, key };
    const same = this.entries.get(target.pid) ?? new Set();
    this.entries.set(target.pid, same.add(entry));
    const remove = () => {
      same.delete(entry);
      if (same.size === 0) this.entries.delete(target.pid);
    };
    return { key, remove };
  }

  find(pid: number, key: Buffer): CancelTarget | undefined {
    let found: CancelTarget | undefined;
    for (const entry of this.entries.get(pid) ?? []) {
      if (entry.key.length === key.length && timingSafeEqual(entry.key, key)) found = entry;
    }
    return found;
  }
}
