/**
 * The tables of this service, all in one domain: a call may touch keys of several accounts. Names are input of the address function:
 * never renamed. Each index lists what one operation pages through.
 */
import { createHash } from 'node:crypto';
import type { RecordKey, RowFormat, TableDefinition } from '@hypergate/table';
import { nextDueMs } from '../engine/control/due.ts';
import type { AliasRecord, GrantRecord, KeyRecord } from '../engine/key-record.ts';
import { type AuditRow, auditVersion, decodeAudit, encodeAudit } from './audit.ts';
import { fromHex, RowWriter } from './fields.ts';
import {
  type ControlRow,
  controlVersion,
  decodeControl,
  decodeControlV1,
  decodeImport,
  encodeControl,
  encodeImport,
  type ImportRow,
  importVersion,
} from './journal.ts';
import {
  decodeAlias,
  decodeGrant,
  decodeKey,
  encodeAlias,
  encodeGrant,
  encodeKey,
  recordVersion,
} from './records.ts';

/** Of all keys of all accounts; the same in every gateway. */
export const domainAddress: Buffer = createHash('sha256').update('hypergate/kms/v1').digest();

export const auditTableName = 'kms.audit';

const none = Buffer.alloc(0);
const utf8 = (text: string): Uint8Array => Buffer.from(text);
const u64 = (value: number): Uint8Array => new RowWriter().u64(value).done();

/** Times (8) and a name, so that what happens at one moment has an order too. */
const byTime = (timeMs: number, name: string): Uint8Array =>
  new RowWriter().u64(timeMs).bytes(utf8(name)).done();

export const keyKey = (keyId: string): RecordKey => ({ partition: none, sort: utf8(keyId) });
export const aliasKey = (account: string, name: string): RecordKey => ({
  partition: utf8(account),
  sort: utf8(name),
});
/** The first byte of the id is the grantee's bucket: a caller's grants are one stretch. */
export const grantKey = (keyId: string, grantId: string): RecordKey => ({
  partition: utf8(keyId),
  sort: fromHex(grantId),
});
export const controlKey = (sequence: number): RecordKey => ({ partition: none, sort: u64(sequence) });
/** By the name alone, the `x-amzn-requestid` of the answer: who has that can have the record proven, or that there is none. */
export const auditKey = ({ requestId }: Pick<AuditRow, 'requestId'>): RecordKey => ({
  partition: none,
  sort: utf8(requestId),
});
/** Groups of ends of calls: time (8) and name of the first of the group. */
export const outcomeKey = ({ timeMs, requestId }: Pick<AuditRow, 'timeMs' | 'requestId'>): RecordKey => ({
  partition: none,
  sort: byTime(timeMs, requestId),
});
export const importKey = (tokenId: Uint8Array): RecordKey => ({ partition: none, sort: tokenId });

/** ListKeys: partition account, sort key id, without deleted keys. */
export const keysByAccount = 'kms.keys.account';
/** What time brings: sort time (8) and key id. */
export const keysByDueTime = 'kms.keys.due';
/** ListAliases of one key: partition key id, sort name. ListAliases of all pages through the table itself. */
export const aliasesByKey = 'kms.aliases.key';
/** ListRetirableGrants: partition retiring principal, sort key id and grant id. ListGrants pages through the table itself. */
export const grantsByRetiring = 'kms.grants.retiring';
/** Audit rows in the order of time: sort time (8) and request id. */
export const auditByTime = 'kms.audit.time';
/** Audit rows of one key: partition key id, sort as in `auditByTime`. */
export const auditByKey = 'kms.audit.key';
/** Open control calls: sort sequence (8). */
export const openControls = 'kms.control.open';

export const keysTable: TableDefinition<KeyRecord> = {
  name: 'kms.keys',
  description: 'Keys: states, policies, tags and the handles of their versions; no key material',
  formats: [format(recordVersion, encodeKey, decodeKey)],
  secondary: (key) => {
    if (key.state === 'Deleted') return [];
    const listed = {
      index: keysByAccount,
      partition: utf8(key.account),
      sort: utf8(key.keyId),
      projection: none,
    };
    const due = nextDueMs(key);
    if (due === undefined) return [listed];
    return [
      listed,
      { index: keysByDueTime, partition: none, sort: byTime(due, key.keyId), projection: none },
    ];
  },
};

export const aliasesTable: TableDefinition<AliasRecord> = {
  name: 'kms.aliases',
  description: 'Aliases of keys',
  formats: [format(recordVersion, encodeAlias, decodeAlias)],
  index: encodeAlias,
  secondary: (alias) => [
    {
      index: aliasesByKey,
      partition: utf8(alias.targetKeyId),
      sort: utf8(alias.name),
      projection: encodeAlias(alias),
    },
  ],
};

export const grantsTable: TableDefinition<GrantRecord> = {
  name: 'kms.grants',
  description: 'Grants: who may use which key besides what policies say',
  formats: [format(recordVersion, encodeGrant, decodeGrant)],
  index: () => none,
  secondary: ({ retiringPrincipal, keyId, grantId }) => {
    if (retiringPrincipal === undefined) return [];
    const sort = Buffer.concat([utf8(keyId), fromHex(grantId)]);
    return [{ index: grantsByRetiring, partition: utf8(retiringPrincipal), sort, projection: none }];
  },
};

export const controlTable: TableDefinition<ControlRow> = {
  name: 'kms.control',
  description: 'Calls that change what custodians check others against, by their numbers',
  formats: [
    format(controlVersion, encodeControl, decodeControl),
    format(controlVersion - 1, encodeControl, decodeControlV1),
  ],
  index: () => none,
  secondary: ({ open, sequence }) =>
    open ? [{ index: openControls, partition: none, sort: u64(sequence), projection: none }] : [],
};

export const auditTable: TableDefinition<AuditRow> = {
  name: auditTableName,
  description: 'Every call, recorded before a key is used',
  formats: [format(auditVersion, encodeAudit, decodeAudit)],
  index: () => none,
  secondary: ({ timeMs, requestId, keyIds }) => {
    const sort = byTime(timeMs, requestId);
    const ofKeys = [...new Set(keyIds)].map((keyId) => ({
      index: auditByKey,
      partition: utf8(keyId),
      sort,
      projection: none,
    }));
    return [{ index: auditByTime, partition: none, sort, projection: none }, ...ofKeys];
  },
};

export const importsTable: TableDefinition<ImportRow> = {
  name: 'kms.imports',
  description: 'Wrapping keys of imports under way',
  formats: [format(importVersion, encodeImport, decodeImport)],
  index: ({ validToMs }) => u64(validToMs),
};

export const kmsTables = [keysTable, aliasesTable, grantsTable, controlTable, auditTable, importsTable];

function format<Row>(
  version: number,
  encode: (row: Row) => Uint8Array,
  decode: (bytes: Uint8Array) => Row,
): RowFormat<Row> {
  return { version, encode, decode };
}
