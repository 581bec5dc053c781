/** Names and how CQL writes them. Specification: CQL 3.4.5, "Identifiers and keywords". */
import { CqlError } from '../errors.ts';
import { quoteName } from '../types/quoting.ts';
import { schemaLimits } from './limits.ts';

export function qualifiedName(keyspace: string, name: string): string {
  return `${quoteName(keyspace)}.${quoteName(name)}`;
}

/** Of keyspaces, tables, views and indexes. */
export function isValidName(name: string): boolean {
  return name.length <= schemaLimits.nameLength && /^[A-Za-z0-9_]+$/.test(name);
}

export function checkKeyspaceName(name: string): void {
  if (!isValidName(name))
    throw new CqlError(
      'invalid',
      'Keyspace name must not be empty, more than 48 characters long, or contain ' +
        `non-alphanumeric-underscore characters (got '${name}')`,
    );
}

export function checkTableName(keyspace: string, name: string): void {
  if (!isValidName(name))
    throw new CqlError(
      'config',
      `${keyspace}.${name}: Table name must not be empty, more than 48 characters long, or contain ` +
        `non-alphanumeric-underscore characters (got "${name}")`,
    );
}

/** Of columns, fields, types, functions: any text, though not endless. */
export function checkIdentifier(name: string): void {
  if (Buffer.byteLength(name) > schemaLimits.identifierBytes)
    throw new CqlError('invalid', `A name is longer than ${schemaLimits.identifierBytes} bytes`);
}

/** The order of names: that of their bytes. */
export function compareNames(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export function byName<T extends { readonly name: string }>(a: T, b: T): number {
  return compareNames(a.name, b.name);
}
