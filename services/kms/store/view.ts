/**
 * What the gateway knows of keys, aliases and grants: the tables, with what is in use kept in memory. Whoever changes the tables says so
 * with `write`, in the order of the changes.
 */
import type { TableDomain } from '@hypergate/table';
import { granteeBucket } from '../engine/access/grants.ts';
import type { Change } from '../engine/control/call.ts';
import type { AliasRecord, GrantRecord, KeyRecord } from '../engine/key-record.ts';
import type { ControlView } from '../engine/view.ts';
import { gatewayLimits } from '../limits.ts';
import { aliasesTable, aliasKey, grantKey, grantsTable, keyKey, keysTable } from '../model/tables.ts';
import { Lru } from './lru.ts';

/** Estimates of what a value takes in memory, without its long texts. */
const bytesOf = { key: 1024, version: 256, alias: 256, grant: 1024, list: 64 } as const;

export class GatewayView implements ControlView {
  readonly #domain: Pick<TableDomain, 'get' | 'scan'>;
  readonly #keys = new Lru<KeyRecord>(gatewayLimits.cachedKeyBytesMax);
  readonly #aliases = new Lru<AliasRecord>(gatewayLimits.cachedAliasBytesMax);
  /** By key id and bucket. */
  readonly #grants = new Lru<readonly GrantRecord[]>(gatewayLimits.cachedGrantBytesMax);
  /** Grows with every change: what was read before one is not kept. */
  #changes = 0;

  constructor(domain: Pick<TableDomain, 'get' | 'scan'>) {
    this.#domain = domain;
  }

  async key(keyId: string): Promise<KeyRecord | undefined> {
    const known = this.#keys.get(keyId);
    if (known !== undefined) return known;
    const before = this.#changes;
    const found = (await this.#domain.get(keysTable, keyKey(keyId)))?.row;
    if (found !== undefined && before === this.#changes) this.#keepKey(found);
    return found;
  }

  async alias(account: string, name: string): Promise<AliasRecord | undefined> {
    const known = this.#aliases.get(aliasName(account, name));
    if (known !== undefined) return known;
    const before = this.#changes;
    const found = (await this.#domain.get(aliasesTable, aliasKey(account, name)))?.row;
    if (found !== undefined && before === this.#changes) this.#keepAlias(found);
    return found;
  }

  async grant(keyId: string, grantId: string): Promise<GrantRecord | undefined> {
    const grants = await this.#bucket(keyId, grantId.slice(0, 2));
    return grants.find((grant) => grant.grantId === grantId);
  }

  async grantsOf(keyId: string, grantee: string): Promise<readonly GrantRecord[]> {
    // Most keys have none.
    if ((await this.key(keyId))?.grants === 0) return [];
    const grants = await this.#bucket(keyId, granteeBucket(grantee));
    return grants.filter((grant) => grant.granteePrincipal === grantee);
  }

  /** Handles are drawn here, 16 random bytes each: a fresh one has no owner. Custodians, who do not draw them, look. */
  async handleOwner(): Promise<string | undefined> {
    return undefined;
  }

  /** After the tables: changes as they stand there now. */
  write(changes: readonly Change[]): void {
    this.#changes += 1;
    for (const change of changes) {
      switch (change.kind) {
        case 'key':
          this.#keepKey(change.key);
          break;
        case 'alias':
          if (change.alias === undefined) this.#aliases.delete(aliasName(change.account, change.name));
          else this.#keepAlias(change.alias);
          break;
        case 'grant':
          this.#grants.delete(bucketName(change.keyId, change.grantId.slice(0, 2)));
          break;
        case 'no-grants':
          // Whose key is gone: nobody asks for them.
          break;
      }
    }
  }

  clear(): void {
    this.#changes += 1;
    this.#keys.clear();
    this.#aliases.clear();
    this.#grants.clear();
  }

  async #bucket(keyId: string, bucket: string): Promise<readonly GrantRecord[]> {
    if (!/^[0-9a-f]{2}$/.test(bucket)) return [];
    const name = bucketName(keyId, bucket);
    const known = this.#grants.get(name);
    if (known !== undefined) return known;
    const before = this.#changes;
    const { partition } = grantKey(keyId, '');
    const first = Number.parseInt(bucket, 16);
    const range = { gte: Buffer.of(first), ...(first === 255 ? {} : { lt: Buffer.of(first + 1) }) };
    const entries = await this.#domain.scan(grantsTable, partition, range);
    const rows = await Promise.all(
      entries.map(({ sort }) => this.#domain.get(grantsTable, { partition, sort })),
    );
    const grants = rows.flatMap((stored) => (stored === undefined ? [] : [stored.row]));
    if (before === this.#changes)
      this.#grants.set(name, grants, bytesOf.list + grants.length * bytesOf.grant);
    return grants;
  }

  #keepKey(key: KeyRecord): void {
    const bytes = bytesOf.key + key.policy.length + key.description.length;
    this.#keys.set(key.keyId, key, bytes + key.versions.length * bytesOf.version);
  }

  #keepAlias(alias: AliasRecord): void {
    this.#aliases.set(aliasName(alias.account, alias.name), alias, bytesOf.alias + alias.name.length);
  }
}

const aliasName = (account: string, name: string): string => `${account}/${name}`;
const bucketName = (keyId: string, bucket: string): string => `${keyId}/${bucket}`;
