/**
 * The schema's version: a UUID made of what is in it (a SHA-256 over the stored form of each keyspace, in the order of their names), so
 * that every gateway has the same for the same schema. Keyspaces of the system count where somebody changed them, so always.
 */
import { hash } from 'node:crypto';
import { invalid } from '../errors.ts';
import { schemaLimits } from './limits.ts';
import type { KeyspaceSchema } from './model.ts';
import { byName } from './names.ts';
import { storeKeyspace } from './stored.ts';

/** A change makes one keyspace anew and leaves the others the same objects. */
const digests = new WeakMap<KeyspaceSchema, string>();

function digestOf(keyspace: KeyspaceSchema): string {
  let digest = digests.get(keyspace);
  if (digest === undefined) {
    const stored = storeKeyspace(keyspace);
    checkSize(keyspace, stored.length);
    digest = hash('sha256', stored, 'hex');
    digests.set(keyspace, digest);
  }
  return digest;
}

/** What is larger would not be read again, and no server with it would start. */
function checkSize({ name }: KeyspaceSchema, bytes: number): void {
  if (bytes > schemaLimits.storedBytes)
    throw invalid(
      `The schema of keyspace '${name}' would be too large: more than ${schemaLimits.storedBytes} bytes`,
    );
}

/** @throws CqlError `invalid` when a keyspace is larger than may be stored */
export function schemaVersion(keyspaces: ReadonlyMap<string, KeyspaceSchema>): string {
  const all = [...keyspaces.values()].filter(({ isVirtual }) => !isVirtual).sort(byName);
  const hex = hash('sha256', `hypergate/cql/schema/v1 ${all.map(digestOf).join(' ')}`, 'hex');
  // Marked as a UUID of a name, as Cassandra's versions are.
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return uuidText(`${hex.slice(0, 12)}3${hex.slice(13, 16)}${variant}${hex.slice(18, 32)}`);
}

/** 32 hexadecimal digits with dashes. */
export function uuidText(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
