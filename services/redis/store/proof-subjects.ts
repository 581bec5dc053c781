/** Which rows a proof is made of. */
import { ProofUnavailable } from '@hypergate/kit';
import { inlineBytesMax, type ProofSubject, type TableDomain } from '@hypergate/table';
import { keyRecordKey, keysTable, type SegmentedValue } from '../model/key-row.ts';
import { segmentKey, segmentPlace, segmentsTable } from '../model/segment-rows.ts';
import { hasNamedElements } from '../verify/elements.ts';
import { typeNames } from '../verify/row.ts';
import { storeLimits } from './limits.ts';
import { rowsOf } from './record-rows.ts';
import { pageReader } from './segment-store.ts';
import { type NamedRef, pathTo, walkTree } from './segment-tree.ts';

export interface ElementQuery {
  /** Undefined: of the whole value. */
  readonly element: Buffer | undefined;
  /** Id of the segment that holds it; undefined when none does. */
  readonly found: number | undefined;
}

/** The rows of a key's record, as they are now. @throws ProofUnavailable */
export async function recordSubjects(
  domain: TableDomain,
  database: number,
  key: Buffer,
  { element, found }: ElementQuery,
): Promise<ProofSubject[]> {
  const stored = await domain.get(keysTable, keyRecordKey(database, key));
  const record = (part: number): ProofSubject => ({
    kind: 'record',
    domain,
    table: keysTable,
    key: keyRecordKey(database, key, part),
  });
  if (stored === undefined) return [record(0)];
  const { content, type } = stored.row;
  if (element !== undefined && !hasNamedElements(typeNames[type] ?? '')) {
    throw new ProofUnavailable(400, 'only hashes, sets and sorted sets have elements that can be proven');
  }
  if (content.form === 'inline') {
    return Array.from({ length: rowsOf(content.valueBytes) }, (_, part) => record(part));
  }
  if (element === undefined) return [record(0)];
  const place = segmentPlace(database, key, content.generation);
  const reader = pageReader(place, domain);
  const names =
    found === undefined ? await allOf(content, reader) : await pathTo(content.root, found, reader);
  const rows = names.map(({ level, ref }): ProofSubject => {
    if (level === 0 && ref.bytes > inlineBytesMax) {
      throw new ProofUnavailable(
        400,
        `the element cannot be proven alone: it is stored with others in ${ref.bytes} bytes, and ${inlineBytesMax} are the most`,
      );
    }
    return { kind: 'record', domain, table: segmentsTable, key: segmentKey(place, { level, ...ref }) };
  });
  return [record(0), ...rows];
}

/** Every page and segment: what shows that an element is in none. @throws ProofUnavailable when they are too many */
async function allOf(
  { root }: SegmentedValue,
  reader: ReturnType<typeof pageReader>,
): Promise<readonly NamedRef[]> {
  const { absenceRowsMax, absenceBytesMax } = storeLimits;
  const segments = root.refs.reduce((sum, ref) => sum + ref.segments, 0);
  const bytes = root.refs.reduce((sum, ref) => sum + ref.bytes, 0);
  const names: NamedRef[] = [];
  if (segments <= absenceRowsMax && bytes <= absenceBytesMax) {
    const page = (level: number, ref: NamedRef['ref']) => void names.push({ level, ref });
    for await (const ref of walkTree(root, reader, page)) names.push({ level: 0, ref });
    if (names.length <= absenceRowsMax) return names;
  }
  throw new ProofUnavailable(
    400,
    `that the element is not there takes all ${segments} segments of ${bytes} bytes; a proof holds ${absenceRowsMax} and ${absenceBytesMax}`,
  );
}
