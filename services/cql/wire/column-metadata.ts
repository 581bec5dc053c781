/**
 * Columns of a result, or markers of a statement, in the form in which they are sent. Made once with the statement: the bytes are kept per
 * version. Specification: "CQL BINARY PROTOCOL v5", section 4.2.5.
 */
import { hash } from 'node:crypto';
import type { ColumnSpec, ProtocolVersion } from './api.ts';
import { OwnBodyWriter } from './body-writer.ts';
import { writeType } from './type-options.ts';

export const metadataFlags = { global: 0x01, morePages: 0x02, none: 0x04, changed: 0x08 } as const;

export class ColumnMetadata {
  readonly columns: readonly ColumnSpec[];
  /** All are of one table, which is named once. */
  readonly isGlobal: boolean;
  private readonly specs: (Buffer | undefined)[] = [];
  private ownId: Buffer | undefined;

  constructor(columns: readonly ColumnSpec[]) {
    this.columns = columns;
    const first = columns[0];
    this.isGlobal =
      first !== undefined &&
      columns.every(({ keyspace, table }) => keyspace === first.keyspace && table === first.table);
  }

  /** Flags that go with the specifications. */
  get flags(): number {
    return this.isGlobal ? metadataFlags.global : 0;
  }

  /** Table and columns, without flags and numbers. */
  bytes(version: ProtocolVersion): Buffer {
    return (this.specs[version] ??= this.write(version));
  }

  /** Changes with names and types: a client of v5 learns by it that it remembers other columns. */
  get id(): Buffer {
    return (this.ownId ??= hash('md5', this.bytes(5), 'buffer'));
  }

  private write(version: ProtocolVersion): Buffer {
    const out = new OwnBodyWriter();
    const first = this.columns[0];
    if (this.isGlobal && first !== undefined) {
      out.string(first.keyspace);
      out.string(first.table);
    }
    for (const { keyspace, table, name, type } of this.columns) {
      if (!this.isGlobal) {
        out.string(keyspace);
        out.string(table);
      }
      out.string(name);
      writeType(out, type, version);
    }
    return out.take();
  }
}
