/** Which type may come in another's stead: its values can be read as the other's are stored. */
import type { CqlType, NativeName } from '../types/api.ts';
import { typeText } from '../types/type-text.ts';

/** Whose values are as long as they are. */
const variable: ReadonlySet<NativeName> = new Set<NativeName>([
  'ascii',
  'date',
  'decimal',
  'duration',
  'inet',
  'smallint',
  'text',
  'time',
  'tinyint',
  'varint',
]);

const pairs: ReadonlySet<string> = new Set([
  'text ascii',
  'uuid timeuuid',
  'bigint timestamp',
  'timestamp bigint',
]);

/** A column of `type` under the name of one of `before` that was dropped. */
export function canReplace(type: CqlType, before: CqlType): boolean {
  if (typeText(type) === typeText(before)) return true;
  if (type.kind !== 'native' || before.kind !== 'native') return false;
  if (type.name === 'blob') return variable.has(before.name);
  return pairs.has(`${type.name} ${before.name}`);
}

/** Of the results of a function that is replaced: also the order of values has to stay. */
export function isCompatible(type: CqlType, before: CqlType): boolean {
  if (typeText(type) === typeText(before)) return true;
  if (type.kind !== 'native' || before.kind !== 'native') return false;
  const name = `${type.name} ${before.name}`;
  return name === 'text ascii' || name === 'blob ascii' || name === 'blob text';
}
