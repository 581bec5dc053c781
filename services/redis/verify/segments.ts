/** Looks for an element in those segments of a large collection that a document proves. Runs in browsers. */
import { ProofRefused, sameBytes } from '@hypergate/node/verifier';
import type { UsedParts, VerifiedDocument, VerifiedRecord } from '@hypergate/table/verify';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { type ElementFacts, findElement, type NamedType } from './elements.ts';
import { type RefFacts, readSegmentRow, type SegmentFacts, type SegmentsFacts, sumOf } from './row.ts';

const table = 'redis.segments';

interface Row {
  readonly record: VerifiedRecord;
  readonly facts: SegmentFacts;
}

/**
 * @returns undefined when it is in none of them, and all were proven
 * @throws ProofRefused
 */
export function findInSegments(
  { depth, refs }: SegmentsFacts,
  type: NamedType,
  element: Uint8Array,
  { document, domain, used }: { document: VerifiedDocument; domain: Uint8Array; used: UsedParts },
): ElementFacts | undefined {
  const rows = rowsByHash(document, domain);
  const opened: VerifiedRecord[] = [];
  let isComplete = true;

  const search = (level: number, entries: readonly RefFacts[]): ElementFacts | undefined => {
    for (const ref of entries) {
      const row = rows.get(bytesToHex(ref.hash));
      if (row === undefined) {
        isComplete = false;
        continue;
      }
      if (row.facts.level !== level) throw new ProofRefused('a segment stands where a page must');
      opened.push(row.record);
      const found =
        'refs' in row.facts
          ? search(level - 1, checkedPage(row.facts.refs, ref))
          : checkedSegment(row.facts, ref, type, element);
      if (found === undefined) continue;
      used.add(row.record);
      return found;
    }
    return undefined;
  };

  const found = search(depth, refs);
  if (found !== undefined) return found;
  if (!isComplete) throw new ProofRefused('the segment of the element is not proven');
  for (const record of opened) used.add(record);
  return undefined;
}

function rowsByHash(document: VerifiedDocument, domain: Uint8Array): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const record of document.records) {
    if (record.table !== table || !sameBytes(record.domain, domain)) continue;
    const facts = readSegmentRow(record.rowVersion, record.row);
    rows.set(bytesToHex(sha256(contentOf(facts))), { record, facts });
  }
  return rows;
}

function checkedPage(refs: readonly RefFacts[], page: RefFacts): readonly RefFacts[] {
  const sums = (['segments', 'elements', 'bytes'] as const).every(
    (name) => sumOf(refs, (ref) => ref[name]) === page[name],
  );
  if (!sums || refs[0]?.id !== page.id) throw new ProofRefused('a page of segments has other counts');
  return refs;
}

function checkedSegment(
  facts: SegmentFacts,
  ref: RefFacts,
  type: NamedType,
  element: Uint8Array,
): ElementFacts | undefined {
  const content = contentOf(facts);
  const { found, elements } = findElement(type, content, element);
  if (ref.segments !== 1 || elements !== ref.elements || content.length !== ref.bytes)
    throw new ProofRefused('a segment has other counts');
  return found;
}

/** What the hash in its ref is of. */
function contentOf(facts: SegmentFacts): Uint8Array {
  if ('content' in facts) return facts.content;
  const [piece] = facts.pieces;
  if (facts.pieces.length !== 1 || piece?.kind !== 'inline')
    throw new ProofRefused('a segment is not part of the document');
  return piece.bytes;
}
