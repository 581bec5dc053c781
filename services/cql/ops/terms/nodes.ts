/**
 * What a selection evaluates: columns, terms, parts of values, functions. A node gives a value for one row; in a selection with
 * aggregates it gives one for a group of rows.
 */
import type { AggregateFunction } from '../../functions/api.ts';
import type { ColumnSchema } from '../../schema/model.ts';
import type { CqlType, Value } from '../../types/api.ts';
import type { BoundValue } from '../api.ts';
import type { Accumulator, PreparedTerm, RowView } from './api.ts';
import { requireSet } from './bound.ts';

export interface Node {
  readonly type: CqlType;
  /** Of its column in the result. */
  readonly name: string;
  readonly isAggregate: boolean;
  evaluate(row: RowView, values: readonly BoundValue[]): Value | undefined;
  start(values: readonly BoundValue[]): Accumulator;
}

/** What a selection without rows looks at. */
const noRow: RowView = {
  value: () => undefined,
  writetime: () => undefined,
  ttl: () => undefined,
  maxWritetime: () => undefined,
};

/** In a group what is no aggregate is that of the first row. */
class FirstOfGroup implements Accumulator {
  private readonly node: Node;
  private readonly values: readonly BoundValue[];
  private isSet = false;
  private first: Value | undefined;

  constructor(node: Node, values: readonly BoundValue[]) {
    this.node = node;
    this.values = values;
  }

  add(row: RowView): void {
    if (this.isSet) return;
    this.isSet = true;
    this.first = this.node.evaluate(row, this.values);
  }

  result(): Value | undefined {
    return this.isSet ? this.first : this.node.evaluate(noRow, this.values);
  }
}

abstract class RowNode implements Node {
  abstract readonly type: CqlType;
  abstract readonly name: string;
  readonly isAggregate: boolean = false;
  abstract evaluate(row: RowView, values: readonly BoundValue[]): Value | undefined;

  start(values: readonly BoundValue[]): Accumulator {
    return new FirstOfGroup(this, values);
  }
}

export class ColumnNode extends RowNode {
  readonly type: CqlType;
  readonly name: string;
  readonly column: ColumnSchema;
  readonly slot: number;

  constructor(column: ColumnSchema, slot: number) {
    super();
    this.type = column.type;
    this.name = column.name;
    this.column = column;
    this.slot = slot;
  }

  evaluate(row: RowView): Value | undefined {
    return row.value(this.slot);
  }
}

export class TermNode extends RowNode {
  readonly type: CqlType;
  readonly name: string;
  private readonly term: PreparedTerm;

  constructor(name: string, term: PreparedTerm) {
    super();
    this.type = term.type;
    this.name = name;
    this.term = term;
  }

  evaluate(_row: RowView, values: readonly BoundValue[]): Value | undefined {
    return requireSet(this.term.bind(values), '[selection]') ?? undefined;
  }
}

/** Of a row's times. */
export class TimeNode extends RowNode {
  readonly type: CqlType;
  readonly name: string;
  private readonly read: (row: RowView) => Value | undefined;

  constructor(name: string, type: CqlType, read: (row: RowView) => Value | undefined) {
    super();
    this.type = type;
    this.name = name;
    this.read = read;
  }

  evaluate(row: RowView): Value | undefined {
    return this.read(row);
  }
}

/** Puts values of parts together. */
export type CombineValues = (
  parts: readonly (Value | undefined)[],
  values: readonly BoundValue[],
) => Value | undefined;

/** Made of others, which may be aggregates. */
export class CombinedNode extends RowNode {
  readonly type: CqlType;
  readonly name: string;
  override readonly isAggregate: boolean;
  private readonly parts: readonly Node[];
  private readonly combine: CombineValues;

  constructor(name: string, type: CqlType, parts: readonly Node[], combine: CombineValues) {
    super();
    this.type = type;
    this.name = name;
    this.isAggregate = parts.some((part) => part.isAggregate);
    this.parts = parts;
    this.combine = combine;
  }

  evaluate(row: RowView, values: readonly BoundValue[]): Value | undefined {
    return this.combine(
      this.parts.map((part) => part.evaluate(row, values)),
      values,
    );
  }

  override start(values: readonly BoundValue[]): Accumulator {
    if (!this.isAggregate) return super.start(values);
    const parts = this.parts.map((part) => part.start(values));
    return {
      add: (row) => {
        for (const part of parts) part.add(row);
      },
      result: () =>
        this.combine(
          parts.map((part) => part.result()),
          values,
        ),
    };
  }
}

export class AggregateNode implements Node {
  readonly type: CqlType;
  readonly name: string;
  readonly isAggregate = true;
  private readonly fn: AggregateFunction;
  private readonly parts: readonly Node[];

  constructor(name: string, fn: AggregateFunction, parts: readonly Node[]) {
    this.type = fn.returnType;
    this.name = name;
    this.fn = fn;
    this.parts = parts;
  }

  evaluate(row: RowView, values: readonly BoundValue[]): Value | undefined {
    const group = this.start(values);
    group.add(row);
    return group.result();
  }

  start(values: readonly BoundValue[]): Accumulator {
    const state = this.fn.start();
    return {
      add: (row) => state.add(this.parts.map((part) => part.evaluate(row, values))),
      result: () => state.result(),
    };
  }
}

/** The same value under another name, or as another type. */
export class RenamedNode implements Node {
  readonly type: CqlType;
  readonly name: string;
  readonly isAggregate: boolean;
  private readonly node: Node;

  constructor(name: string, type: CqlType, node: Node) {
    this.type = type;
    this.name = name;
    this.isAggregate = node.isAggregate;
    this.node = node;
  }

  evaluate(row: RowView, values: readonly BoundValue[]): Value | undefined {
    return this.node.evaluate(row, values);
  }

  start(values: readonly BoundValue[]): Accumulator {
    return this.node.start(values);
  }
}
