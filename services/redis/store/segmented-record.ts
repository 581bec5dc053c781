/**
 * Writes the record of one large collection. Segments come in any number of parts and are written as they come; the record,
 * which names them, is written last and shows the collection as it was when the first part was given. Segments that did not
 * change stay as they are.
 */
import type { DomainWrite } from '@hypergate/table';
import {
  contentHash,
  type KeyRow,
  keyRecordKey,
  keysTable,
  type SegmentedValue,
  type SegmentRef,
  type SegmentRoot,
} from '../model/key-row.ts';
import { type SegmentName, segmentPlace } from '../model/segment-rows.ts';
import type { SegmentsEnd, SegmentsState } from '../process/key-states.ts';
import type { Leftovers, RecordModules } from './leftovers.ts';
import { readRecord, removalsOf } from './record-rows.ts';
import { nameOf, SegmentStore } from './segment-store.ts';
import { updateTree, walkTree } from './segment-tree.ts';

const noRoot: SegmentRoot = { depth: 0, refs: [] };

export class SegmentedRecord {
  private readonly database: number;
  private readonly key: Buffer;
  private readonly before: KeyRow | undefined;
  private readonly root: SegmentRoot;
  private readonly generation: number;
  private readonly version: number;
  private readonly store: SegmentStore;
  private readonly modules: RecordModules;
  /** Segments that came, by id. */
  private readonly came = new Map<number, SegmentRef>();
  /** Segments that stood there, once all of them are known. */
  private known: Map<number, SegmentRef> | undefined;

  private constructor(
    database: number,
    key: Buffer,
    before: KeyRow | undefined,
    batch: number,
    leftovers: Leftovers,
    modules: RecordModules,
  ) {
    this.database = database;
    this.key = key;
    this.before = before;
    this.modules = modules;
    const earlier: SegmentedValue | undefined =
      before?.content.form === 'segments' ? before.content : undefined;
    this.root = earlier?.root ?? noRoot;
    this.generation = earlier?.generation ?? batch;
    this.version = (earlier?.version ?? 0) + 1;
    const place = segmentPlace(database, key, this.generation);
    this.store = new SegmentStore(place, this.version, leftovers, modules);
  }

  /** @param batch last one that the value may show: no record of the key with other segments was written at it */
  static async open(
    database: number,
    key: Buffer,
    batch: number,
    leftovers: Leftovers,
    modules: RecordModules,
  ): Promise<SegmentedRecord> {
    const before = await readRecord(database, key, modules);
    return new SegmentedRecord(database, key, before, batch, leftovers, modules);
  }

  async add({ segments, isWhole }: SegmentsState): Promise<void> {
    // Where all segments are given, many may be as they were: the engine was loaded anew.
    if (isWhole) this.known ??= await this.readAll();
    for (const { id, content, elements } of segments) {
      const stood = this.known?.get(id);
      const isSame = stood?.elements === elements && stood.hash.equals(contentHash(content));
      this.came.set(id, isSame ? stood : await this.store.addSegment(id, content, elements));
    }
  }

  async finish(end: SegmentsEnd, isWhole: boolean): Promise<void> {
    const changes = new Map<number, SegmentRef | undefined>();
    const replaced: SegmentName[] = [];
    const removed = new Set(end.removed);
    const before = this.known ?? (await this.find(new Set([...this.came.keys(), ...removed])));
    for (const [id, stood] of before) {
      const now = this.came.get(id);
      if (now === stood || (now === undefined && !isWhole && !removed.has(id))) continue;
      replaced.push(nameOf(0, stood));
      if (now === undefined) changes.set(id, undefined);
    }
    for (const [id, now] of this.came) if (now !== before.get(id)) changes.set(id, now);
    const root = await updateTree(this.root, changes, this.store);
    const elements = root.refs.reduce((sum, ref) => sum + ref.elements, 0);
    if (elements !== end.size) {
      throw new Error(`segments of ${elements} elements for a collection of ${end.size}`);
    }
    await this.store.commit(this.recordWrites(end, root), replaced);
  }

  abandon(): Promise<void> {
    return this.store.abandon();
  }

  private recordWrites(
    { type, expiresAt, batch, size, head }: SegmentsEnd,
    root: SegmentRoot,
  ): DomainWrite[] {
    const { database, key, generation, version, modules } = this;
    const row: KeyRow = {
      key,
      type,
      expiresAt,
      batch: Math.ceil(batch),
      content: { form: 'segments', generation, version, size, head, root },
    };
    const { domain } = modules;
    return [
      { kind: 'put', domain, table: keysTable, key: keyRecordKey(database, key), row },
      ...removalsOf(database, this.before, 1, modules),
    ];
  }

  private async readAll(): Promise<Map<number, SegmentRef>> {
    const all = new Map<number, SegmentRef>();
    for await (const ref of walkTree(this.root, this.store)) all.set(ref.id, ref);
    return all;
  }

  /** Those of some segments that stood there. */
  private async find(ids: ReadonlySet<number>): Promise<Map<number, SegmentRef>> {
    const found = new Map<number, SegmentRef>();
    const find = async ({ depth, refs }: SegmentRoot, wanted: readonly number[]): Promise<void> => {
      let at = 0;
      for (const [index, ref] of refs.entries()) {
        if (depth === 0) {
          if (ids.has(ref.id)) found.set(ref.id, ref);
          continue;
        }
        const end = index + 1 < refs.length ? refs[index + 1]!.id : Number.POSITIVE_INFINITY;
        const from = at;
        while (at < wanted.length && wanted[at]! < end) at++;
        if (at === from) continue;
        await find({ depth: depth - 1, refs: await this.store.read(depth, ref) }, wanted.slice(from, at));
      }
    };
    await find(
      this.root,
      [...ids].sort((a, b) => a - b),
    );
    return found;
  }
}
