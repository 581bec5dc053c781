/** What the gateway knows of keys: hot ones without the disk, and never older than the tables. */
import type { TableDomain } from '@hypergate/table';
import { beforeEach, describe, expect, test } from 'vitest';
import { newGrantId } from '../engine/index.ts';
import type { GrantRecord, KeyRecord } from '../engine/key-record.ts';
import { Lru } from '../store/lru.ts';
import { GatewayView } from '../store/view.ts';
import { account, World } from './support/world.ts';

/** A table of rows by name that counts how often it is asked. */
class Disk {
  reads = 0;
  readonly rows = new Map<string, unknown>();
  /** Readers wait for it after they have read. */
  gate: Promise<void> = Promise.resolve();

  readonly domain = {
    get: async (_table: unknown, { partition, sort }: { partition: Uint8Array; sort: Uint8Array }) => {
      this.reads += 1;
      const row = this.rows.get(`${Buffer.from(partition)}/${Buffer.from(sort).toString('latin1')}`);
      await this.gate;
      return row === undefined ? undefined : { row, revision: 1 };
    },
    scan: async (
      _table: unknown,
      partition: Uint8Array,
      { gte, lt }: { gte?: Uint8Array; lt?: Uint8Array },
    ) => {
      this.reads += 1;
      const prefix = `${Buffer.from(partition)}/`;
      const sorts = [...this.rows.keys()]
        .filter((name) => name.startsWith(prefix))
        .map((name) => Buffer.from(name.slice(prefix.length), 'latin1'))
        .filter(
          (sort) => Buffer.compare(sort, gte!) >= 0 && (lt === undefined || Buffer.compare(sort, lt) < 0),
        );
      return sorts.map((sort) => ({ sort, projection: Buffer.alloc(0) }));
    },
  } as unknown as Pick<TableDomain, 'get' | 'scan'>;

  putKey(key: KeyRecord): void {
    this.rows.set(`/${key.keyId}`, key);
  }
  putGrant(grant: GrantRecord): void {
    const sort = Buffer.from(grant.grantId, 'hex').toString('latin1');
    this.rows.set(`${grant.keyId}/${sort}`, grant);
  }
}

let disk: Disk;
let view: GatewayView;
let key: KeyRecord;
beforeEach(async () => {
  disk = new Disk();
  view = new GatewayView(disk.domain);
  key = await new World().newKey();
  disk.putKey(key);
});

describe('keys', () => {
  test('are read once', async () => {
    expect(await view.key(key.keyId)).toBe(key);
    expect(await view.key(key.keyId)).toBe(key);
    expect(disk.reads).toBe(1);
  });

  test('are known from their changes without being read', async () => {
    const changed: KeyRecord = { ...key, state: 'Disabled' };
    view.write([{ kind: 'key', key: changed }]);
    expect(await view.key(key.keyId)).toBe(changed);
    expect(disk.reads).toBe(0);
  });

  test('that are read while they change are not remembered as they were', async () => {
    const gate = Promise.withResolvers<void>();
    disk.gate = gate.promise;
    const reading = view.key(key.keyId);
    const changed: KeyRecord = { ...key, state: 'Disabled' };
    disk.putKey(changed);
    view.write([{ kind: 'key', key: changed }]);
    gate.resolve();
    expect(await reading).toBe(key);
    expect(await view.key(key.keyId)).toBe(changed);
  });
});

describe('grants', () => {
  const grantee = `arn:aws:iam::${account}:user/grantee`;
  const grantOf = (granteePrincipal: string, byte: number): GrantRecord => ({
    grantId: newGrantId(granteePrincipal, new Uint8Array(31).fill(byte)),
    keyId: key.keyId,
    granteePrincipal,
    issuingAccount: account,
    createdMs: 1,
    operations: ['Decrypt'],
  });

  test('of keys that have none are not looked for', async () => {
    await view.key(key.keyId);
    expect(await view.grantsOf(key.keyId, grantee)).toEqual([]);
    expect(disk.reads).toBe(1);
  });

  test('of one grantee are found among others, and again after a change', async () => {
    disk.putKey({ ...key, grants: 2 });
    const own = grantOf(grantee, 1);
    disk.putGrant(own);
    for (let other = 0; other < 300; other += 1) disk.putGrant(grantOf(`${grantee}-${other}`, 2));
    expect(await view.grantsOf(key.keyId, grantee)).toEqual([own]);
    const { reads } = disk;
    expect(await view.grantsOf(key.keyId, grantee)).toEqual([own]);
    expect(await view.grant(key.keyId, own.grantId)).toEqual(own);
    expect(disk.reads).toBe(reads);
    const another = grantOf(grantee, 3);
    disk.putGrant(another);
    view.write([{ kind: 'grant', keyId: key.keyId, grantId: another.grantId, grant: another }]);
    expect(await view.grantsOf(key.keyId, grantee)).toEqual([own, another]);
  });
});

test('what is least recently used goes when it is too much', () => {
  const lru = new Lru<number>(10);
  lru.set('a', 1, 4);
  lru.set('b', 2, 4);
  expect(lru.get('a')).toBe(1);
  lru.set('c', 3, 4);
  expect([lru.get('a'), lru.get('b'), lru.get('c'), lru.size]).toEqual([1, undefined, 3, 2]);
  lru.set('d', 4, 100);
  expect(lru.size).toBe(0);
});
