/** What types are made of. */
import type { CqlType } from './api.ts';
import { typeLimits } from './limits.ts';
import { MarshalError } from './marshal-error.ts';

/** As one value, with everything in it. */
export function freeze(type: CqlType): CqlType {
  switch (type.kind) {
    case 'list':
    case 'set':
      return { ...type, element: freeze(type.element), frozen: true };
    case 'map':
      return { ...type, key: freeze(type.key), value: freeze(type.value), frozen: true };
    case 'tuple':
      return { ...type, elements: type.elements.map(freeze) };
    case 'udt':
      return {
        ...type,
        fields: type.fields.map(({ name, type: field }) => ({ name, type: freeze(field) })),
        frozen: true,
      };
    case 'vector':
      return { ...type, element: freeze(type.element) };
    default:
      return type;
  }
}

/** Of several cells. */
export function isMultiCell(type: CqlType): boolean {
  return 'frozen' in type && !type.frozen;
}

/** A type and all that it is made of, fields included. */
export function typesWithin(type: CqlType): CqlType[] {
  switch (type.kind) {
    case 'list':
    case 'set':
    case 'vector':
      return [type, ...typesWithin(type.element)];
    case 'map':
      return [type, ...typesWithin(type.key), ...typesWithin(type.value)];
    case 'tuple':
      return [type, ...type.elements.flatMap(typesWithin)];
    case 'udt':
      return [type, ...type.fields.flatMap((field) => typesWithin(field.type))];
    default:
      return [type];
  }
}

export function checkDimension(dimension: number): number {
  if (!Number.isInteger(dimension) || dimension <= 0)
    throw new MarshalError(`vectors may only have positive dimensions; given ${dimension}`);
  if (dimension > typeLimits.vectorDimensionMax)
    throw new MarshalError(
      `vectors may have at most ${typeLimits.vectorDimensionMax} dimensions; given ${dimension}`,
    );
  return dimension;
}
