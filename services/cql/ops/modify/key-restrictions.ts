/**
 * Restrictions of the columns of a primary key: what relations and their combinations mean. Behaviour and messages: Apache Cassandra
 * 4.0, package `cql3.restrictions`.
 */
import { invalid } from '../../errors.ts';
import type { ColumnSchema } from '../../schema/model.ts';
import type { Value } from '../../types/api.ts';
import type { BoundValue } from '../api.ts';

type Values = readonly BoundValue[];

/** `=` or IN, of one column or several. */
export interface EqualRestriction {
  readonly kind: 'equal' | 'in';
  readonly columns: readonly ColumnSchema[];
  /** Written with parentheses. */
  readonly isMulti: boolean;
  /** A value of each column, for each of the alternatives. Not null. */
  bind(values: Values): readonly (readonly Value[])[];
}

export interface Limit {
  readonly isInclusive: boolean;
  /** A value of each column. Not null. */
  bind(values: Values): readonly Value[];
}

export interface SliceRestriction {
  readonly kind: 'slice';
  readonly columns: readonly ColumnSchema[];
  readonly isMulti: boolean;
  readonly lower: Limit | undefined;
  readonly upper: Limit | undefined;
}

export type KeyRestriction = EqualRestriction | SliceRestriction;

const namesOf = (columns: readonly ColumnSchema[]) => columns.map(({ name }) => name).join(', ');

function merge(existing: KeyRestriction, added: KeyRestriction): KeyRestriction {
  const common = namesOf(existing.columns.filter((column) => added.columns.includes(column)));
  if (existing.isMulti && !added.isMulti) throw mixed();
  switch (existing.kind) {
    case 'equal':
      throw invalid(`${common} cannot be restricted by more than one relation if it includes an Equal`);
    case 'in':
      throw invalid(`${common} cannot be restricted by more than one relation if it includes a IN`);
    case 'slice':
      break;
  }
  if (added.kind !== 'slice')
    throw invalid(
      `Column "${existing.columns[0]!.name}" cannot be restricted by both an equality and an inequality relation`,
    );
  if (!existing.isMulti && added.isMulti) throw mixed();
  if (existing.lower !== undefined && added.lower !== undefined)
    throw invalid(`More than one restriction was found for the start bound on ${common}`);
  if (existing.upper !== undefined && added.upper !== undefined)
    throw invalid(`More than one restriction was found for the end bound on ${common}`);
  const columns = existing.columns.length >= added.columns.length ? existing.columns : added.columns;
  const { lower = added.lower, upper = added.upper } = existing;
  return { kind: 'slice', columns, isMulti: existing.isMulti, lower, upper };
}

const mixed = () =>
  invalid('Mixing single column relations and multi column relations on clustering columns is not allowed');

/** Those of one kind of key columns, in the columns' order. */
export class RestrictionSet {
  private list: KeyRestriction[] = [];

  get all(): readonly KeyRestriction[] {
    return this.list;
  }

  get columns(): readonly ColumnSchema[] {
    return this.list.flatMap(({ columns }) => columns);
  }

  get hasSlice(): boolean {
    return this.list.some(({ kind }) => kind === 'slice');
  }

  get hasIn(): boolean {
    return this.list.some(({ kind }) => kind === 'in');
  }

  restricts(column: ColumnSchema): boolean {
    return this.columns.includes(column);
  }

  /** Of the partition key: each column for itself. */
  addAlone(added: KeyRestriction): void {
    const rest = this.list.filter(({ columns }) => !columns.some((each) => added.columns.includes(each)));
    const merged = this.list
      .filter((each) => !rest.includes(each))
      .reduce((one, each) => merge(each, one), added);
    this.list = [...rest, merged].sort(
      (left, right) => left.columns[0]!.position - right.columns[0]!.position,
    );
  }

  /** Of clustering columns: nothing may come behind a range. */
  addClustering(added: KeyRestriction, columns: readonly ColumnSchema[]): void {
    const last = this.list.at(-1);
    this.addAlone(added);
    if (last === undefined) return;
    const [lastStart] = last.columns;
    const [start] = added.columns;
    if (last.kind === 'slice' && start!.position > lastStart!.position)
      throw invalid(
        `Clustering column "${start!.name}" cannot be restricted (preceding column "${lastStart!.name}" is restricted by a non-EQ relation)`,
      );
    if (start!.position < lastStart!.position && added.kind === 'slice')
      throw invalid(
        `PRIMARY KEY column "${columns[start!.position + 1]!.name}" cannot be restricted (preceding column "${start!.name}" is restricted by a non-EQ relation)`,
      );
  }
}
