/** Writes with all that does not depend on the state: rows encoded, slots derived. Done once, before the first attempt. */
import type { Bytes, ChunkRef } from '@hypergate/node/api';
import type { Condition, DomainWrite, RecordKey, SecondaryEntry, StagedBlob } from './api.ts';
import { checkKey, checkName, checkProjection, checkSecondary } from './checks.ts';
import { GatewayDomain } from './domain.ts';
import { TableMisuse } from './errors.ts';
import { encodeNote, encodeRecord } from './format/v1/record.ts';
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
  | (Common & { readonly kind: 'put-blob'; readonly blob: StagedBlob; readonly staged: StagedChunks })
  | (Common & { readonly kind: 'remove-blob'; readonly id: Bytes; readonly isEmpty: boolean })
  | (Common & { readonly kind: 'create-domain' | 'remove-domain' });

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

/** The index keeps a key until the transaction is applied; a caller may use its buffer again. */
function copyKey({ partition, sort }: RecordKey): RecordKey {
  return { partition: Buffer.from(partition), sort: Buffer.from(sort) };
}

function slotOf(domain: GatewayDomain, table: string, key: RecordKey): Buffer {
  checkName(table);
  checkKey(key);
  return domain.keys.recordSlot(table, key);
}

/** Two writes of one record in one transaction have no order. A check beside a write is fine. */
function refuseRepeated(writes: readonly PreparedWrite[]): void {
  const seen = new Set<string>();
  for (const write of writes) {
    if (write.kind !== 'put' && write.kind !== 'remove') continue;
    const name = Buffer.concat([write.domain.address, write.slot]).toString('latin1');
    if (seen.has(name)) throw new TableMisuse('a record is written twice in one transaction');
    seen.add(name);
  }
}
