/**
 * Checks a proof document: the node's proof against the trust root, then what opens the sealed atoms, and for each record
 * that is said to be absent that its key leads to the slot that is empty. Every item and every field takes part: what is
 * not used is refused. Runs in browsers.
 *
 * A record is what its sealed content says. That it stands in the slot of its key is the word of who may write in the domain,
 * and is checked here only when the address key of its table is disclosed.
 */
import {
  ProofRefused,
  sameBytes,
  slotUse,
  type VerifiedFrame,
  type VerifiedItem,
  type Verifier,
} from '@hypergate/node/verifier';
import {
  addressOf,
  blobAddressName,
  checkAddresses,
  findAddress,
  type NeededAddress,
  relationAddressName,
} from './addresses.ts';
import { type AbsenceClaim, decodeDocument, type ProofDocument } from './document.ts';
import { type OpenedAtoms, openAtom } from './open-atom.ts';
import { addressInput } from './record.ts';
import type {
  VerifiedAbsence,
  VerifiedAddress,
  VerifiedDocument,
  VerifiedRecord,
  VerifiedRecordRelation,
  VerifiedRelation,
} from './verified.ts';

const timeMsMax = 8.64e15;

/** @param trustRoot 32 bytes. @throws ProofRefused with the reason, whatever the text is */
export function verifyDocument(text: string, trustRoot: Uint8Array, verifier: Verifier): VerifiedDocument {
  const document = decodeDocument(text);
  const { frame, items } = verifier.verify(document.proof, trustRoot);
  checkFrame(document, frame);
  if (document.secrets.length !== items.length)
    throw new ProofRefused('the document has a secret too many or too few');
  const absent = absentItems(document, items);
  const opened = openItems(document, items);
  const needed: NeededAddress[] = [
    ...absent.map(({ claim, item }) => ({ domain: item.domain, table: claim.table })),
    ...opened.relations
      .filter((relation) => !isOverRecords(relation))
      .map(({ domain }) => ({ domain, table: blobAddressName })),
  ];
  const named: NamedAtom[] = [
    ...opened.records.map((record) => ({ record, table: record.table })),
    ...opened.relations
      .filter(isOverRecords)
      .map((relation) => ({ record: relation, table: relationAddressName(relation.table) })),
  ];
  const useful = named.map(({ record: { domain }, table }) => ({ domain, table }));
  const addresses = checkAddresses(document.addresses, needed, useful, items);
  const namesBound = named.map((one) => isPlaced(one, addresses)).every(Boolean);
  const absences = absent.map(({ claim, item }) => checkAbsence(claim, item, addresses));
  return { subject: document.subject, frame, ...opened, absences, addresses, namesBound };
}

function checkFrame({ frame: number, time }: ProofDocument, frame: VerifiedFrame): void {
  if (number !== frame.number) throw new ProofRefused('the document names another frame than it proves');
  if (!(frame.timeMs <= timeMsMax)) throw new ProofRefused('the time of the frame is no time');
  if (time !== new Date(frame.timeMs).toISOString())
    throw new ProofRefused('the document names another time than it proves');
}

/** Each claim with its item: those that are absent are claimed, and no others. */
function absentItems(
  { absences }: ProofDocument,
  items: readonly VerifiedItem[],
): { readonly claim: AbsenceClaim; readonly item: VerifiedItem }[] {
  const claimed = new Set(absences.map(({ item }) => item));
  if (claimed.size !== absences.length) throw new ProofRefused('an item is said to be absent twice');
  for (const [index, { state }] of items.entries()) {
    if ((state === 'absent') !== claimed.has(index)) {
      throw new ProofRefused(`item ${index} is ${state}, which is not what the document says`);
    }
  }
  return absences.map((claim) => {
    const item = items[claim.item];
    if (item === undefined) throw new ProofRefused('an absence names no item');
    // A record is a vertex: that no hyperedge stands in its slot says nothing about it.
    if (item.kind !== 'vertex') throw new ProofRefused('an absence is not that of a record');
    return { claim, item };
  });
}

function openItems({ secrets }: ProofDocument, items: readonly VerifiedItem[]): OpenedAtoms {
  const opened: OpenedAtoms = { records: [], relations: [], chunks: [] };
  for (const [index, item] of items.entries()) {
    const secret = secrets[index];
    const use = slotUse(item.slot);
    if (use === 'lease') throw new ProofRefused(`item ${index} is a lease, of which no document speaks`);
    if (item.state === 'present' && use === 'atom') openAtom(item, secret, opened);
    else if (secret !== undefined)
      throw new ProofRefused(`item ${index} has a secret and nothing that it opens`);
  }
  return opened;
}

function isOverRecords(relation: VerifiedRelation): relation is VerifiedRecordRelation {
  return 'table' in relation;
}

/** A record, or a relation over records, with the name under which such are addressed. */
interface NamedAtom {
  readonly record: VerifiedRecord | VerifiedRecordRelation;
  readonly table: string;
}

/** @returns false when nothing shows it. @throws ProofRefused when it stands elsewhere */
function isPlaced(
  { record: { domain, slot, partition, sort }, table }: NamedAtom,
  addresses: readonly VerifiedAddress[],
): boolean {
  const address = findAddress(addresses, domain, table);
  if (address === undefined) return false;
  if (!sameBytes(address.slotOf(addressInput(partition, sort)), slot))
    throw new ProofRefused('a record does not stand in the slot of its key');
  return true;
}

function checkAbsence(
  { table, partition, sort }: AbsenceClaim,
  { domain, slot }: VerifiedItem,
  addresses: readonly VerifiedAddress[],
): VerifiedAbsence {
  const address = addressOf(addresses, domain, table);
  if (!sameBytes(address.slotOf(addressInput(partition, sort)), slot)) {
    throw new ProofRefused('the slot that is empty is not that of the key');
  }
  return { domain, table, partition, sort };
}
