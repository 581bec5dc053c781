/**
 * Whether values of one type may stand where another is wanted, without being changed: exactly, or because their bytes mean something
 * there too. Overloads of functions are chosen by it. Frozen or not makes no difference, as functions see whole values.
 */
import type { CqlType, NativeName } from '../types/api.ts';
import type { Assignability } from '../types/literals.ts';
import { freeze } from '../types/type-shape.ts';
import { sameType } from '../types/type-text.ts';

export type { Assignability } from '../types/literals.ts';

/** What else can be read as values of a type. */
const readable: Partial<Record<NativeName, ReadonlySet<NativeName>>> = {
  bigint: new Set(['timestamp']),
  date: new Set(['int']),
  text: new Set(['ascii']),
  time: new Set(['bigint']),
  timestamp: new Set(['bigint']),
  uuid: new Set(['timeuuid']),
  varint: new Set(['int', 'bigint', 'timestamp']),
};

/** Elements of sets and keys of maps have to stay in their order. */
function keepsOrder(receiver: CqlType, given: CqlType): boolean {
  if (sameType(receiver, given)) return true;
  if (receiver.kind !== 'native' || given.kind !== 'native') return false;
  const isText = given.name === 'ascii' || (given.name === 'text' && receiver.name === 'blob');
  return isText && (receiver.name === 'text' || receiver.name === 'blob');
}

function reads(receiver: CqlType, given: CqlType): boolean {
  if (sameType(receiver, given)) return true;
  switch (receiver.kind) {
    case 'native':
      if (receiver.name === 'blob') return true;
      return given.kind === 'native' && readable[receiver.name]?.has(given.name) === true;
    case 'list':
      return given.kind === 'list' && reads(receiver.element, given.element);
    case 'set':
      return given.kind === 'set' && keepsOrder(receiver.element, given.element);
    case 'map':
      return (
        given.kind === 'map' && keepsOrder(receiver.key, given.key) && reads(receiver.value, given.value)
      );
    case 'tuple':
      return (
        given.kind === 'tuple' &&
        given.elements.length <= receiver.elements.length &&
        given.elements.every((element, index) => reads(receiver.elements[index]!, element))
      );
    case 'udt':
    case 'vector':
    case 'custom':
      return false;
  }
}

/** @param given type of the value */
export function fit(receiver: CqlType, given: CqlType): Assignability {
  const wanted = freeze(receiver);
  const type = freeze(given);
  if (sameType(wanted, type)) return 'exact';
  return reads(wanted, type) ? 'weak' : 'none';
}

/** Of several that all have to fit: the worst. */
export function worst(all: Iterable<Assignability>): Assignability {
  let result: Assignability = 'exact';
  for (const one of all) {
    if (one === 'none') return 'none';
    if (one === 'weak') result = 'weak';
  }
  return result;
}
