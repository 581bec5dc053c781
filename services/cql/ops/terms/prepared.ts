/** Prepared terms: constants, markers, and what is put together from others. */
import { CqlError, invalid } from '../../errors.ts';
import type { CqlType, Value } from '../../types/api.ts';
import { validate } from '../../types/validate.ts';
import type { BoundValue } from '../api.ts';
import type { PreparedTerm } from './api.ts';
import { type Normalize, normalizerOf } from './normalize.ts';

export class ConstantTerm implements PreparedTerm {
  readonly type: CqlType;
  readonly isConstant = true;
  readonly hasMarker = false;
  readonly isNull: boolean;
  private readonly value: BoundValue;

  constructor(type: CqlType, value: BoundValue, isNull = false) {
    this.type = type;
    this.value = value;
    this.isNull = isNull;
  }

  bind(): BoundValue {
    return this.value;
  }
}

/** The value of a marker as the client sent it. */
export function markerValue(values: readonly BoundValue[], index: number): BoundValue {
  const value = values[index];
  if (value === undefined) throw invalid('Invalid amount of bind variables');
  return value;
}

export class MarkerTerm implements PreparedTerm {
  readonly type: CqlType;
  readonly isConstant = false;
  readonly hasMarker = true;
  readonly isNull = false;
  private readonly index: number;
  private readonly normalize: Normalize | undefined;

  constructor(type: CqlType, index: number) {
    this.type = type;
    this.index = index;
    this.normalize = normalizerOf(type);
  }

  bind(values: readonly BoundValue[]): BoundValue {
    const value = markerValue(values, this.index);
    if (value === null || value === 'unset') return value;
    validate(this.type, value);
    return this.normalize === undefined ? value : this.normalize(value);
  }
}

/** Puts bound parts together. */
export type Combine = (parts: readonly BoundValue[]) => BoundValue;

class CombinedTerm implements PreparedTerm {
  readonly type: CqlType;
  readonly isConstant: boolean;
  readonly hasMarker: boolean;
  readonly isNull = false;
  private readonly parts: readonly PreparedTerm[];
  private readonly combine: Combine;

  constructor(type: CqlType, parts: readonly PreparedTerm[], combine: Combine, isPure: boolean) {
    this.type = type;
    this.isConstant = isPure && parts.every((part) => part.isConstant);
    this.hasMarker = parts.some((part) => part.hasMarker);
    this.parts = parts;
    this.combine = combine;
  }

  bind(values: readonly BoundValue[]): BoundValue {
    return this.combine(this.parts.map((part) => part.bind(values)));
  }
}

/** Put together at once if nothing of it depends on an execution. */
export function combined(type: CqlType, parts: readonly PreparedTerm[], combine: Combine): PreparedTerm {
  const term = new CombinedTerm(type, parts, combine, true);
  return term.isConstant ? new ConstantTerm(type, term.bind([])) : term;
}

/** As `combined`, but what goes wrong goes wrong when the statement is executed. */
export function called(
  type: CqlType,
  parts: readonly PreparedTerm[],
  isPure: boolean,
  combine: Combine,
): PreparedTerm {
  const term = new CombinedTerm(type, parts, combine, isPure);
  if (!term.isConstant) return term;
  try {
    return new ConstantTerm(type, term.bind([]));
  } catch (error) {
    if (error instanceof CqlError) return term;
    throw error;
  }
}

/** Elements that have to be there. Undefined: one is not set, and so the whole is not. */
export function wholeElements(parts: readonly BoundValue[], within: string): readonly Value[] | undefined {
  for (const part of parts) {
    if (part === null) throw invalid(`null is not supported inside ${within}`);
    if (part === 'unset') return undefined;
  }
  return parts as readonly Value[];
}
