/**
 * What WHERE says of columns: one restriction for each column or tuple of columns, put together from several relations.
 * Rules and messages: Apache Cassandra 4.0, package `cql3.restrictions`.
 */
import { invalid } from '../../errors.ts';
import type { ColumnSchema } from '../../schema/model.ts';
import type { BoundValue } from '../api.ts';
import type { PreparedTerm } from '../terms/api.ts';

type Values = readonly BoundValue[];

interface OfColumns {
  readonly columns: readonly ColumnSchema[];
  /** Written as a tuple. */
  readonly isMulti: boolean;
}

export interface EqualRestriction extends OfColumns {
  readonly kind: 'equal';
  /** One of each column. */
  bind(values: Values): Values;
}

export interface InRestriction extends OfColumns {
  readonly kind: 'in';
  bind(values: Values): readonly Values[];
}

export interface Bound {
  readonly isInclusive: boolean;
  /** Of the first of the restriction's columns: of all, unless two bounds of other lengths were put together. */
  bind(values: Values): Values;
}

export interface RangeRestriction extends OfColumns {
  readonly kind: 'range';
  readonly lower: Bound | undefined;
  readonly upper: Bound | undefined;
}

export interface ContainsRestriction extends OfColumns {
  readonly kind: 'contains';
  readonly values: readonly PreparedTerm[];
  readonly keys: readonly PreparedTerm[];
  /** `m[key] = value` */
  readonly entries: readonly { readonly key: PreparedTerm; readonly value: PreparedTerm }[];
}

export type Restriction = EqualRestriction | InRestriction | RangeRestriction | ContainsRestriction;

export const firstColumn = ({ columns }: Restriction): ColumnSchema => columns[0]!;
export const lastColumn = ({ columns }: Restriction): ColumnSchema => columns.at(-1)!;

function commonNames(left: Restriction, right: Restriction): string {
  return left.columns
    .filter((column) => right.columns.includes(column))
    .map(({ name }) => name)
    .join(' ,');
}

function mergeRanges(existing: RangeRestriction, added: RangeRestriction): RangeRestriction {
  const names = commonNames(existing, added);
  const [first, second] = [firstColumn(existing), firstColumn(added)];
  if (first !== second) {
    const later = first.position > second.position ? first : second;
    throw invalid(
      `Column "${later.name}" cannot be restricted by two inequalities not starting with the same column`,
    );
  }
  if (existing.lower !== undefined && added.lower !== undefined)
    throw invalid(`More than one restriction was found for the start bound on ${names}`);
  if (existing.upper !== undefined && added.upper !== undefined)
    throw invalid(`More than one restriction was found for the end bound on ${names}`);
  return {
    kind: 'range',
    columns: existing.columns.length >= added.columns.length ? existing.columns : added.columns,
    isMulti: existing.isMulti || added.isMulti,
    lower: existing.lower ?? added.lower,
    upper: existing.upper ?? added.upper,
  };
}

/** Of a column that has a restriction already. @throws CqlError `invalid` when both do not go together */
export function mergeRestrictions(existing: Restriction, added: Restriction): Restriction {
  const names = commonNames(existing, added);
  switch (existing.kind) {
    case 'equal':
      throw invalid(`${names} cannot be restricted by more than one relation if it includes an Equal`);
    case 'in':
      throw invalid(`${names} cannot be restricted by more than one relation if it includes a IN`);
    case 'contains':
      if (added.kind !== 'contains')
        throw invalid(
          `Collection column ${names} can only be restricted by CONTAINS, CONTAINS KEY, or map-entry equality`,
        );
      return {
        ...existing,
        values: [...existing.values, ...added.values],
        keys: [...existing.keys, ...added.keys],
        entries: [...existing.entries, ...added.entries],
      };
    case 'range':
      if (added.kind !== 'range')
        throw invalid(
          `Column "${names}" cannot be restricted by both an equality and an inequality relation`,
        );
      return mergeRanges(existing, added);
  }
}
