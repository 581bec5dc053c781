/** Rows of the segments and pages of one value: reading and naming them, and writing them with the record that names them. */
import {
  type DomainWrite,
  inlineBytesMax,
  pieceRowBytesMax,
  stagePieces,
  type TableDomain,
} from '@hypergate/table';
import {
  contentHash,
  type KeyRow,
  refsBytes,
  type SegmentedValue,
  type SegmentRef,
} from '../model/key-row.ts';
import {
  type SegmentName,
  type SegmentPlace,
  type SegmentRow,
  segmentKey,
  segmentPlace,
  segmentsTable,
} from '../model/segment-rows.ts';
import type { Leftovers, RecordModules } from './leftovers.ts';
import { storeLimits } from './limits.ts';
import { type PageStore, walkTree } from './segment-tree.ts';

interface NewRow {
  readonly name: SegmentName;
  readonly writes: readonly DomainWrite[];
  readonly bytes: number;
}

export class SegmentStore implements PageStore {
  readonly place: SegmentPlace;
  private readonly modules: RecordModules;
  private readonly leftovers: Leftovers;
  private readonly version: number;
  /** Of `version`, not written yet. */
  private rows = new Map<string, NewRow>();
  private bytes = 0;
  private readonly pages = new Map<string, readonly SegmentRef[]>();
  private dropped: SegmentName[] = [];

  /** @param version of the record that will name what is written here */
  constructor(place: SegmentPlace, version: number, leftovers: Leftovers, modules: RecordModules) {
    this.place = place;
    this.version = version;
    this.leftovers = leftovers;
    this.modules = modules;
  }

  // Pages

  async read(level: number, ref: SegmentRef): Promise<readonly SegmentRef[]> {
    const known = this.pages.get(textOf(level, ref));
    if (known !== undefined) return known;
    return pageReader(this.place, this.modules.domain).read(level, ref);
  }

  write(level: number, refs: readonly SegmentRef[]): SegmentRef {
    const content = refsBytes(refs);
    const { version } = this;
    const sum = (of: (ref: SegmentRef) => number) => refs.reduce((total, ref) => total + of(ref), 0);
    const ref: SegmentRef = {
      id: refs[0]!.id,
      version,
      segments: sum(({ segments }) => segments),
      elements: sum(({ elements }) => elements),
      bytes: sum(({ bytes }) => bytes),
      hash: contentHash(content),
    };
    this.pages.set(textOf(level, ref), refs);
    const name = { level, id: ref.id, version, parts: 1 };
    this.add({ name, writes: [this.put(name, 0, { level, refs })], bytes: content.length });
    return ref;
  }

  drop(level: number, ref: SegmentRef): void {
    const text = textOf(level, ref);
    const unwritten = this.rows.get(text);
    if (unwritten === undefined) this.dropped.push(nameOf(level, ref));
    else {
      this.rows.delete(text);
      this.bytes -= unwritten.bytes;
    }
  }

  // Segments

  async addSegment(id: number, content: Buffer, elements: number): Promise<SegmentRef> {
    const { version } = this;
    const ref = { id, version, segments: 1, elements, bytes: content.length, hash: contentHash(content) };
    const name = nameOf(0, ref);
    const writes: DomainWrite[] = [];
    let inlineBytes = 0;
    for (let part = 0; part < name.parts; part++) {
      const bytes = content.subarray(part * pieceRowBytesMax, (part + 1) * pieceRowBytesMax);
      const isInline = bytes.length <= inlineBytesMax;
      const pieces = isInline
        ? [{ kind: 'inline' as const, bytes }]
        : await stagePieces(this.modules.tables, bytes);
      if (isInline) inlineBytes += bytes.length;
      writes.push(this.put(name, part, { level: 0, pieces }));
    }
    this.add({ name, writes, bytes: inlineBytes });
    if (this.bytes >= this.modules.limits.transactionBytes) await this.flush();
    return ref;
  }

  /** Names of all rows of a value. */
  async all({ root }: SegmentedValue): Promise<SegmentName[]> {
    const names: SegmentName[] = [];
    const page = (level: number, ref: SegmentRef) => names.push(nameOf(level, ref));
    for await (const ref of walkTree(root, this, page)) names.push(nameOf(0, ref));
    return names;
  }

  // Writing

  /** Takes back what was written. */
  async abandon(): Promise<void> {
    this.rows.clear();
    await this.leftovers.sweep();
  }

  /**
   * Writes the record with all that it names.
   * @param record writes that put or remove it
   * @param replaced rows that it no longer names, beside dropped pages
   */
  async commit(record: readonly DomainWrite[], replaced: readonly SegmentName[]): Promise<void> {
    const { leftovers, modules } = this;
    const gone = [...this.dropped, ...replaced];
    const removals = leftovers.removals(this.place, gone);
    const { transactionBytes, removalsMax } = modules.limits;
    const fits =
      this.bytes + removals.length * storeLimits.writeBytes <= transactionBytes &&
      removals.length <= removalsMax;
    if (!fits || !leftovers.isEmpty) await this.flush();
    const isSmall = fits && leftovers.isEmpty;
    const writes = [...this.take(), ...record];
    writes.push(...(isSmall ? removals : leftovers.noteOnly(this.place, gone)));
    await modules.tables.transact(writes, { fence: modules.fence });
    await leftovers.sweep();
  }

  /** Writes rows ahead of the record, noted. */
  private async flush(): Promise<void> {
    const { tables, fence, limits } = this.modules;
    let names: SegmentName[] = [];
    let writes: DomainWrite[] = [];
    let bytes = 0;
    const write = async () => {
      writes.push(this.leftovers.note(this.place, names));
      await tables.transact(writes, { fence });
      [names, writes, bytes] = [[], [], 0];
    };
    for (const row of this.rows.values()) {
      if (names.length > 0 && bytes + row.bytes > limits.transactionBytes) await write();
      names.push(row.name);
      writes.push(...row.writes);
      bytes += row.bytes;
    }
    if (names.length > 0) await write();
    this.rows = new Map();
    this.bytes = 0;
  }

  private take(): DomainWrite[] {
    const writes = [...this.rows.values()].flatMap((row) => row.writes);
    this.rows = new Map();
    this.bytes = 0;
    return writes;
  }

  private add({ name, writes, bytes }: NewRow): void {
    const row = { name, writes, bytes: bytes + writes.length * storeLimits.writeBytes };
    this.rows.set(textOf(name.level, name), row);
    this.bytes += row.bytes;
  }

  private put(name: SegmentName, part: number, row: SegmentRow): DomainWrite {
    const { domain } = this.modules;
    return { kind: 'put', domain, table: segmentsTable, key: segmentKey(this.place, name, part), row };
  }
}

/** Pages as they are stored. */
export function pageReader(place: SegmentPlace, domain: TableDomain): Pick<PageStore, 'read'> {
  return {
    async read(level, ref) {
      const stored = await domain.get(segmentsTable, segmentKey(place, { level, ...ref }));
      if (stored === undefined || !('refs' in stored.row)) throw new Error('a page of segments is missing');
      return stored.row.refs;
    },
  };
}

export function nameOf(level: number, { id, version, bytes }: SegmentRef): SegmentName {
  const parts = level === 0 ? Math.max(1, Math.ceil(bytes / pieceRowBytesMax)) : 1;
  return { level, id, version, parts };
}

function textOf(level: number, { id, version }: { readonly id: number; readonly version: number }): string {
  return `${level} ${id} ${version}`;
}

/** The store of a value that stands in segments. */
export function storeOf(
  database: number,
  { key }: KeyRow,
  { generation, version }: SegmentedValue,
  leftovers: Leftovers,
  modules: RecordModules,
): SegmentStore {
  return new SegmentStore(segmentPlace(database, key, generation), version + 1, leftovers, modules);
}
