/** Statements by a name, those used last: as many as fit into a number of bytes, estimated from their texts and columns. */
import type { ColumnSpec, Prepared } from '../ops/api.ts';
import type { ParsedStatement } from '../parser/ast.ts';
import type { Schema } from '../schema/model.ts';
import { ColumnMetadata, highestVersion } from '../wire/index.ts';
import { sessionLimits } from './limits.ts';

/** 3, 4 and 5. */
const versions = 3;

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

  /** As it is by now: `SELECT *` is short, its table may be wide. */
  get bytes(): number {
    const { bytesPerStatement, bytesPerCharacter } = sessionLimits;
    const own = bytesPerStatement + this.text.length * bytesPerCharacter;
    return own + bytesOf(this.markers) + (this.columns === undefined ? 0 : bytesOf(this.columns));
  }
}

/** What describes them is kept once for each version of the protocol. */
function bytesOf(metadata: ColumnMetadata): number {
  const { length } = metadata.columns;
  if (length === 0) return 0;
  return length * sessionLimits.bytesPerColumn + metadata.bytes(highestVersion).length * versions;
}

function columnsOf(columns: readonly ColumnSpec[] | undefined): ColumnMetadata | undefined {
  return columns && new ColumnMetadata(columns);
}

interface Entry {
  readonly statement: KeptStatement;
  /** As counted: what it takes changes when it is prepared again. */
  readonly bytes: number;
}

export class LeastRecentlyUsed {
  readonly bytesMax: number;
  /** Used last, last. */
  private readonly kept = new Map<string, Entry>();
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

  values(): KeptStatement[] {
    return Array.from(this.kept.values(), ({ statement }) => statement);
  }

  get(name: string): KeptStatement | undefined {
    if (name === this.lastName && this.last !== undefined) return this.last;
    const found = this.kept.get(name);
    if (found === undefined) return undefined;
    this.kept.delete(name);
    this.kept.set(name, found);
    this.lastName = name;
    this.last = found.statement;
    return found.statement;
  }

  /** Also when it was prepared again. */
  put(name: string, statement: KeptStatement): void {
    this.remove(name);
    const entry = { statement, bytes: statement.bytes };
    this.kept.set(name, entry);
    this.used += entry.bytes;
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
