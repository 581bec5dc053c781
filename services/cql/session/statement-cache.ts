/** Statements by a name, those used last: as many as fit into a number of bytes, estimated from their texts. */
import type { ColumnSpec, Prepared } from '../ops/api.ts';
import type { ParsedStatement } from '../parser/ast.ts';
import type { Schema } from '../schema/model.ts';
import { ColumnMetadata } from '../wire/index.ts';
import { sessionLimits } from './limits.ts';

export class KeptStatement {
  readonly text: string;
  /** In which it was prepared. */
  readonly keyspace: string | undefined;
  readonly parsed: ParsedStatement;
  /** For which `prepared` is good. */
  schema: Schema;
  prepared: Prepared;
  markers: ColumnMetadata;
  /** Columns of its answers, when they are known before. */
  columns: ColumnMetadata | undefined;
  /** Its columns were others before: who knows only its id may still believe in those. */
  hasChanged = false;

  constructor(
    text: string,
    keyspace: string | undefined,
    parsed: ParsedStatement,
    schema: Schema,
    prepared: Prepared,
  ) {
    this.text = text;
    this.keyspace = keyspace;
    this.parsed = parsed;
    this.schema = schema;
    this.prepared = prepared;
    this.markers = new ColumnMetadata(prepared.variables);
    this.columns = columnsOf(prepared.columns);
  }

  /** It was prepared again. */
  replace(schema: Schema, prepared: Prepared): void {
    const before = this.columns;
    this.schema = schema;
    this.prepared = prepared;
    this.markers = new ColumnMetadata(prepared.variables);
    this.columns = columnsOf(prepared.columns);
    const isSame =
      before === undefined ? this.columns === undefined : this.columns?.id.equals(before.id) === true;
    if (!isSame) this.hasChanged = true;
  }

  get bytes(): number {
    return sessionLimits.bytesPerStatement + this.text.length * sessionLimits.bytesPerCharacter;
  }
}

function columnsOf(columns: readonly ColumnSpec[] | undefined): ColumnMetadata | undefined {
  return columns && new ColumnMetadata(columns);
}

export class LeastRecentlyUsed {
  readonly bytesMax: number;
  /** Used last, last. */
  private readonly kept = new Map<string, KeptStatement>();
  private used = 0;
  /** Last one found: many requests in a row are for the same. */
  private lastName = '';
  private last: KeptStatement | undefined;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.used;
  }

  get size(): number {
    return this.kept.size;
  }

  values(): IterableIterator<KeptStatement> {
    return this.kept.values();
  }

  get(name: string): KeptStatement | undefined {
    if (name === this.lastName && this.last !== undefined) return this.last;
    const found = this.kept.get(name);
    if (found === undefined) return undefined;
    this.kept.delete(name);
    this.kept.set(name, found);
    this.lastName = name;
    this.last = found;
    return found;
  }

  put(name: string, statement: KeptStatement): void {
    this.remove(name);
    this.kept.set(name, statement);
    this.used += statement.bytes;
    for (const [oldest, { bytes }] of this.kept) {
      // What was put last stays, however large it is: it is about to be used.
      if (this.used <= this.bytesMax || oldest === name) return;
      this.kept.delete(oldest);
      this.used -= bytes;
      this.forgetLast();
    }
  }

  remove(name: string): void {
    const found = this.kept.get(name);
    if (found === undefined) return;
    this.kept.delete(name);
    this.used -= found.bytes;
    this.forgetLast();
  }

  private forgetLast(): void {
    this.last = undefined;
  }
}
