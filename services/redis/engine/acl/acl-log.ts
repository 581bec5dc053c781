/** What ACL LOG shows: logins and commands that were refused, the latest first. The same event again is counted, not added. */
import type { Client } from '../client.ts';
import { clientLine } from '../client-info.ts';

export type DenialReason = 'auth' | 'command' | 'key' | 'channel';
export type DenialContext = 'toplevel' | 'multi' | 'lua' | 'module';

export interface AclLogEntry {
  readonly id: number;
  readonly reason: DenialReason;
  readonly context: DenialContext;
  /** The command, key or channel; of a login the command's name as sent. */
  readonly object: string;
  readonly username: string;
  readonly createdAt: number;
  count: number;
  updatedAt: number;
  clientInfo: string;
}

/** The same event within this time is one entry. */
const groupingMs = 60_000;
/** Latest entries that are looked at for the same event. */
const groupingEntries = 10;

export class AclLog {
  private entries: AclLogEntry[] = [];
  private ids = 0;
  private lengthMax = 128;
  /** Refusals by reason, for INFO. */
  readonly denied: Record<DenialReason, number> = { auth: 0, command: 0, key: 0, channel: 0 };

  limit(lengthMax: number): void {
    this.lengthMax = lengthMax;
    if (this.entries.length > lengthMax) this.entries.length = lengthMax;
  }

  add(
    client: Client,
    reason: DenialReason,
    context: DenialContext,
    object: string,
    username: string = client.account.name,
  ): void {
    const now = client.engine.now;
    const clientInfo = clientLine(client);
    this.denied[reason]++;
    const same = this.entries.findIndex(
      (entry, i) =>
        i < groupingEntries &&
        entry.reason === reason &&
        entry.context === context &&
        now - entry.updatedAt <= groupingMs &&
        entry.object === object &&
        entry.username === username,
    );
    if (same >= 0) {
      const [entry] = this.entries.splice(same, 1) as [AclLogEntry];
      entry.count++;
      entry.updatedAt = now;
      entry.clientInfo = clientInfo;
      this.entries.unshift(entry);
      return;
    }
    this.entries.unshift({
      id: this.ids++,
      reason,
      context,
      object,
      username,
      createdAt: now,
      count: 1,
      updatedAt: now,
      clientInfo,
    });
    if (this.entries.length > this.lengthMax) this.entries.length = this.lengthMax;
  }

  latest(count: number): readonly AclLogEntry[] {
    return this.entries.slice(0, count);
  }

  clear(): void {
    this.entries = [];
  }
}
