/**
 * Which backend a CancelRequest means. Clients keep the backend's own pid, since they compare it with that of notifications; the
 * key is the proxy's, long where the client's protocol knows long ones.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { InstanceLink } from './instance-link.ts';
import { proxyLimits } from './limits.ts';

/**
 * A cancel may reach a backend in the middle of a commit, which then is acknowledged too soon, and the notice that says so may have been
 * turned off by the session. So the ends of all commands around a cancel are held until they are certified.
 */
export class CancelWatch {
  private underWay = 0;
  private untilMs = 0;

  /** Whether ends of commands are to be held now. */
  get isOn(): boolean {
    return this.untilMs > 0 && (this.underWay > 0 || performance.now() < this.untilMs);
  }

  begin(): void {
    this.underWay++;
    this.untilMs = Number.MAX_VALUE;
  }

  /** The backend has been signalled, or never will be. */
  end(): void {
    this.underWay--;
    if (this.underWay === 0) this.untilMs = performance.now() + proxyLimits.cancelWatchMs;
  }
}

export interface CancelTarget {
  readonly watch: CancelWatch;
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
