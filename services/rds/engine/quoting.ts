/** Names and values in SQL and in PostgreSQL's configuration files. */
import { EngineFailure } from './failure.ts';
import { identifierBytesMax } from './limits.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const control = /[\u0000-\u001f\u007f]/;

/** @throws EngineFailure bad-name */
export function quoteIdentifier(name: string): string {
  if (name === '' || Buffer.byteLength(name) > identifierBytesMax || control.test(name)) {
    throw new EngineFailure(
      'bad-name',
      `A name has 1 to ${identifierBytesMax} bytes and no control characters.`,
    );
  }
  return `"${name.replaceAll('"', '""')}"`;
}

/** For `standard_conforming_strings`, and without a backslash for any other setting. */
export function quoteLiteral(text: string): string {
  if (control.test(text) || text.includes('\\')) {
    throw new EngineFailure('bad-name', 'A value in SQL has no backslash and no control characters.');
  }
  return `'${text.replaceAll("'", "''")}'`;
}

/** In a configuration file, where a backslash escapes. @throws EngineFailure bad-parameter */
export function quoteSetting(value: string): string {
  if (control.test(value)) {
    throw new EngineFailure('bad-parameter', 'A parameter value has no control characters.');
  }
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** A part of `primary_conninfo`. */
export function quoteConnectionValue(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
