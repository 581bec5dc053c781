/** Writes with all that does not depend on the state: rows encoded, slots derived. Done once, before the first attempt. */
import type { Bytes, ChunkRef } from '@hypergate/node/api';
import type {
  AnyTable,
  Condition,
  DomainWrite,
  RecordKey,
  RelationMember,
  SecondaryEntry,
  StagedBlob,
} from './api.ts';
import { checkKey, checkName, checkProjection, checkSecondary } from './checks.ts';
import { GatewayDomain } from './domain.ts';
import { TableMisuse } from './errors.ts';
import { encodeNote, encodeRecord } from './format/v1/record.ts';
import { encodeRecordRelation } from './format/v1/relation.ts';
import type { IndexChange } from './index/changes.ts';
import { tableLimits } from './limits.ts';
import { type StagedChunks, stagedChunks } from './staged.ts';

interface Common {
  /** Of the write in the caller's list. */
  readonly index: number;
  readonly domain: GatewayDomain;
}

interface OnRecord extends Common {
  readonly slot: Buffer;
  readonly condition: Condition;
}

export type PreparedWrite =
  | (OnRecord & {
      readonly kind: 'put';
      readonly plaintext: Buffer;
      readonly chunks: readonly ChunkRef[];
      readonly change: Omit<IndexChange & { readonly kind: 'put' }, 'isNew'>;
    })
  | (OnRecord & {
      readonly kind: 'remove';
      readonly plaintext: Buffer;
      readonly change: IndexChange & { readonly kind: 'remove' };
    })
  | (OnRecord & { readonly kind: 'check' })
  | (OnRecord & {
      readonly kind: 'put-relation';
      readonly plaintext: Buffer;
      readonly members: readonly PreparedMember[];
    })
  | (OnRecord & { readonly kind: 'remove-relation' })
  | (Common & { readonly kind: 'put-blob'; readonly blob: StagedBlob; readonly staged: StagedChunks })
  | (Common & { readonly kind: 'remove-blob'; readonly id: Bytes; readonly isEmpty: boolean })
  | (Common & { readonly kind: 'create-domain' | 'remove-domain' });

/** A whole id, or the slot of a record whose id is looked up. */
export type PreparedMember = { readonly id: Buffer } | { readonly slot: Buffer };

const idBytes = 64;
const noEntries: readonly SecondaryEntry[] = [];
const noChunks: readonly ChunkRef[] = [];

/** @throws TableMisuse */
export function prepareWrites(writes: readonly DomainWrite[]): PreparedWrite[] {
  if (writes.length > tableLimits.writesMax) throw new TableMisuse(`${writes.length} writes are too many`);
  const prepared = writes.map(prepareWrite);
  if (prepared.length > 1) refuseRepeated(prepared);
  return prepared;
}

function prepareWrite(write: DomainWrite, index: number): PreparedWrite {
  const { domain } = write;
  if (!(domain instanceof GatewayDomain)) throw new TableMisuse('the domain is not one of this table store');
  switch (write.kind) {
    case 'put':
      return preparePut(write, domain, index);
    case 'remove': {
      const { table, condition = 'any' } = write;
      const key = copyKey(write.key);
      const slot = slotOf(domain, table.name, key);
      const head = {
        table: table.name,
        key,
        indexed: table.index !== undefined,
        hasSecondaries: table.secondary !== undefined,
      };
      const change = { kind: 'remove' as const, domain: domain.address, ...head };
      return { kind: 'remove', index, domain, slot, condition, plaintext: encodeNote(head), change };
    }
    case 'check': {
      const slot = slotOf(domain, write.table.name, write.key);
      return { kind: 'check', index, domain, slot, condition: write.condition };
    }
    case 'put-relation':
      return prepareRelation(write, domain, index);
    case 'remove-relation': {
      const { table, key, condition = 'any' } = write;
      return { kind: 'remove-relation', index, domain, slot: relationSlotOf(domain, table, key), condition };
    }
    case 'put-blob':
      return {
        kind: 'put-blob',
        index,
        domain,
        blob: write.blob,
        staged: stagedChunks(write.blob, domain.address),
      };
    case 'remove-blob':
      return { kind: 'remove-blob', index, domain, id: write.blob.id, isEmpty: write.blob.length === 0 };
    case 'create-domain':
    case 'remove-domain':
      return { kind: write.kind, index, domain };
  }
}

function preparePut(
  { table, key: callersKey, row, condition = 'any' }: DomainWrite & { readonly kind: 'put' },
  domain: GatewayDomain,
  index: number,
): PreparedWrite {
  const key = copyKey(callersKey);
  const slot = slotOf(domain, table.name, key);
  const format = table.formats[0];
  const projection = table.index?.(row, key);
  const secondary = table.secondary?.(row, key) ?? noEntries;
  checkProjection(projection);
  if (secondary.length > 0) checkSecondary(table.name, secondary);
  const change = {
    kind: 'put' as const,
    domain: domain.address,
    slot,
    table: table.name,
    key,
    indexed: table.index !== undefined,
    hasSecondaries: table.secondary !== undefined,
    projection,
    secondary,
  };
  const plaintext = encodeRecord({ ...change, rowVersion: format.version, row: format.encode(row) });
  const chunks = table.chunks?.(row) ?? noChunks;
  return { kind: 'put', index, domain, slot, condition, plaintext, chunks, change };
}

function prepareRelation(
  { table, key, row, members, condition = 'any' }: DomainWrite & { readonly kind: 'put-relation' },
  domain: GatewayDomain,
  index: number,
): PreparedWrite {
  const slot = relationSlotOf(domain, table, key);
  if (members.length > tableLimits.relationMembersMax)
    throw new TableMisuse(`${members.length} members of a relation are too many`);
  const format = table.formats[0];
  const content = { table: table.name, key, rowVersion: format.version, row: format.encode(row) };
  const prepared = members.map((member) => prepareMember(member, domain));
  const plaintext = encodeRecordRelation(content);
  return { kind: 'put-relation', index, domain, slot, condition, plaintext, members: prepared };
}

function prepareMember(member: RelationMember, domain: GatewayDomain): PreparedMember {
  if (!(member instanceof Uint8Array)) return { slot: slotOf(domain, member.table.name, member.key) };
  const id = Buffer.from(member);
  if (id.length !== idBytes || !id.subarray(0, domain.address.length).equals(domain.address))
    throw new TableMisuse('a member of a relation is no record of its domain');
  return { id };
}

/** The index keeps a key until the transaction is applied; a caller may use its buffer again. */
function copyKey({ partition, sort }: RecordKey): RecordKey {
  return { partition: Buffer.from(partition), sort: Buffer.from(sort) };
}

function slotOf(domain: GatewayDomain, table: string, key: RecordKey): Buffer {
  checkName(table);
  checkKey(key);
  return domain.keys.recordSlot(table, key);
}

function relationSlotOf(domain: GatewayDomain, table: AnyTable, key: RecordKey): Buffer {
  checkName(table.name);
  checkKey(key);
  if (table.index !== undefined || table.secondary !== undefined || table.chunks !== undefined)
    throw new TableMisuse(`relations of ${table.name} can neither be in an index nor hold chunks`);
  return domain.keys.relationSlot(table.name, key);
}

/** Two writes of one record or relation in one transaction have no order. A check beside a write is fine. */
function refuseRepeated(writes: readonly PreparedWrite[]): void {
  const seen = new Set<string>();
  for (const write of writes) {
    if (!('slot' in write) || write.kind === 'check') continue;
    const name = Buffer.concat([write.domain.address, write.slot]).toString('latin1');
    if (seen.has(name)) throw new TableMisuse('a record or relation is written twice in one transaction');
    seen.add(name);
  }
}
