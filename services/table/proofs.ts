/**
 * Proofs of records, relations and blobs. The node proves what slots hold, which are ciphertexts under opaque addresses; what is added
 * here links them to keys and rows: the key of each sealed atom, and the address key of its table for a record that is not
 * there, or for every record if that is allowed (ARCHITECTURE.md, "State and proofs"). What that gives away is said at each.
 */
import { type Bytes, type LocalNodePorts, NodeError, nodeLimits, type ProofItem } from '@hypergate/node/api';
import { Purpose, type RandomSource } from '@hypergate/node/crypto';
import { discloseRecordKey } from '@hypergate/node/crypto/disclosure/owner';
import { type ItemState, itemStates } from '@hypergate/node/verifier';
import type { AnyTable, BlobRef, ProofOptions, ProofParts, ProofSubject, RecordKey } from './api.ts';
import { checkKey, checkName } from './checks.ts';
import { GatewayDomain } from './domain.ts';
import { blobAddressName, relationAddressName } from './domain-keys.ts';
import { AbsenceNotDisclosed, BlobUnknown, RelationUnknown, TableMisuse } from './errors.ts';
import { isAtomSealed } from './format/v1/chunk.ts';
import { tableLimits } from './limits.ts';

export interface ProofModules {
  readonly node: LocalNodePorts;
  readonly random: RandomSource;
}

/** An item that the node is asked for, and what stands behind it. */
interface PlannedItem {
  readonly domain: GatewayDomain;
  readonly slot: Bytes;
  readonly kind: 'vertex' | 'hyperedge';
  readonly purpose: Purpose | undefined;
  readonly record: PlannedRecord | undefined;
  /** Of a relation over records; one of a blob has none. */
  readonly relation?: PlannedRecord;
}

interface PlannedRecord {
  /** Index in the list of subjects. */
  readonly subject: number;
  readonly table: AnyTable;
  readonly key: RecordKey;
}

const configSlot = Buffer.alloc(24, 0xff);

/** Who asks may find a record gone, or back, when the frame is cut: then all is planned anew. */
const attemptsMax = 3;

/** @throws AbsenceNotDisclosed; BlobUnknown; RelationUnknown; TableMisuse for more than fits one proof; NodeError */
export async function proveSubjects(
  subjects: readonly ProofSubject[],
  options: ProofOptions,
  modules: ProofModules,
): Promise<ProofParts> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const items = planItems(subjects, options, modules.node);
    if (items.length > nodeLimits.proofItemsMax) {
      throw new TableMisuse(`a proof of ${items.length} atoms is too large: ${nodeLimits.proofItemsMax} fit`);
    }
    const asked: ProofItem[] = items.map(({ domain, slot, kind }) => ({
      domain: domain.address,
      slot,
      kind,
    }));
    const request = { items: asked, delay: options.delay === true };
    const proof = await modules.node.prove(request, options.signal);
    const states = itemStates(proof);
    const all = options.discloseAddressKeys === true;
    if (!isAsPlanned(items, states, all)) continue;
    return { proof, rows: rowsOf(subjects, items, states), ...disclose(items, states, all, modules.random) };
  }
  throw new NodeError('overloaded', 'the records change faster than they can be proven; try again');
}

function planItems(
  subjects: readonly ProofSubject[],
  { discloseAddressKeys }: ProofOptions,
  node: LocalNodePorts,
): PlannedItem[] {
  const items: PlannedItem[] = [];
  const withConfig = new Set<GatewayDomain>();
  for (const [index, subject] of subjects.entries()) {
    const { domain } = subject;
    if (!(domain instanceof GatewayDomain))
      throw new TableMisuse('the domain is not one of this table store');
    if (subject.kind === 'blob') {
      const atoms = blobItems(domain, subject.blob);
      items.push(...atoms);
      if (atoms.length > 0) withConfig.add(domain);
      continue;
    }
    const { table, key } = subject;
    checkName(table.name);
    checkKey(key);
    const record = { subject: index, table, key };
    if (subject.kind === 'relation') {
      const slot = domain.keys.relationSlot(table.name, key);
      const sealed = { purpose: Purpose.relation, record: undefined, relation: record };
      items.push({ domain, slot, kind: 'hyperedge', ...sealed });
      if (discloseAddressKeys === true) withConfig.add(domain);
      continue;
    }
    const slot = domain.keys.recordSlot(table.name, key);
    items.push({ domain, slot, kind: 'vertex', purpose: Purpose.record, record });
    if (discloseAddressKeys === true) withConfig.add(domain);
    else if (node.readSync({ domain: domain.address, slot }) === undefined)
      throw new AbsenceNotDisclosed(table.name);
  }
  // An address key is checked against the commitment in its domain's configuration.
  const names = new Map([...withConfig].map((domain) => [nameOf(domain), domain]));
  for (const domain of names.values()) {
    items.push({ domain, slot: configSlot, kind: 'vertex', purpose: undefined, record: undefined });
  }
  return items;
}

function blobItems(domain: GatewayDomain, { id, length, chunkBytes }: BlobRef): PlannedItem[] {
  const chunks = Math.ceil(length / chunkBytes);
  if (!(chunks <= tableLimits.blobChunksMax)) throw new TableMisuse('the blob has too many chunks');
  if (chunks === 0) return [];
  const relation: PlannedItem = {
    domain,
    slot: domain.keys.blobSlot(id),
    kind: 'hyperedge',
    purpose: Purpose.relation,
    record: undefined,
  };
  const vertices = Array.from({ length: chunks }, (_, index): PlannedItem => {
    const slot = domain.keys.chunkSlot(id, index);
    return { domain, slot, kind: 'vertex', purpose: Purpose.chunkKey, record: undefined };
  });
  return [relation, ...vertices];
}

/**
 * False when the records that are absent at the frame need other configurations than were asked for.
 * @param all also of records that are there the address key is disclosed
 * @throws BlobUnknown, RelationUnknown when what was named is not there: whoever named it must look again
 */
function isAsPlanned(items: readonly PlannedItem[], states: readonly ItemState[], all: boolean): boolean {
  const asked = new Set<string>();
  const needed = new Set<string>();
  for (const [index, { domain, purpose, record, relation }] of items.entries()) {
    const isAbsent = states[index]!.state === 'absent';
    if (purpose === undefined) asked.add(nameOf(domain));
    else if (relation !== undefined && isAbsent) throw new RelationUnknown();
    else if (record === undefined && isAbsent) throw new BlobUnknown();
    if (relation !== undefined) {
      if (all) needed.add(nameOf(domain));
    } else if ((record !== undefined && (isAbsent || all)) || purpose === Purpose.relation)
      needed.add(nameOf(domain));
    if (purpose === undefined && isAbsent) return false;
  }
  return asked.size === needed.size && [...needed].every((name) => asked.has(name));
}

function rowsOf(
  subjects: readonly ProofSubject[],
  items: readonly PlannedItem[],
  states: readonly ItemState[],
): unknown[] {
  const rows: unknown[] = subjects.map(() => undefined);
  for (const [index, { domain, slot, record, relation }] of items.entries()) {
    const state = states[index]!;
    if (state.state === 'absent') continue;
    if (record !== undefined) rows[record.subject] = domain.open(record.table, record.key, slot, state);
    else if (relation !== undefined)
      rows[relation.subject] = domain.openRelation(relation.table, relation.key, slot, state);
  }
  return rows;
}

function disclose(
  items: readonly PlannedItem[],
  states: readonly ItemState[],
  all: boolean,
  random: RandomSource,
): Pick<ProofParts, 'secrets' | 'absences' | 'addresses'> {
  const secrets: (Bytes | undefined)[] = [];
  const absences: ProofParts['absences'][number][] = [];
  const addresses = new Map<string, ProofParts['addresses'][number]>();
  const address = (domain: GatewayDomain, table: string): void => {
    const name = `${nameOf(domain)} ${table}`;
    if (addresses.has(name)) return;
    const disclosure = domain.keys.discloseTable(table, random);
    addresses.set(name, { domain: domain.address, table, disclosure });
  };
  for (const [index, item] of items.entries()) {
    const { domain, record } = item;
    const state = states[index]!;
    secrets.push(state.state === 'present' ? secretOf(item, state) : undefined);
    if (item.relation !== undefined) {
      if (all) address(domain, relationAddressName(item.relation.table.name));
    } else if (item.purpose === Purpose.relation) address(domain, blobAddressName);
    if (record === undefined || (state.state === 'present' && !all)) continue;
    address(domain, record.table.name);
    if (state.state === 'present') continue;
    absences.push({ item: index, table: record.table.name, key: record.key });
  }
  return { secrets, absences, addresses: [...addresses.values()] };
}

function secretOf(
  { domain, slot, purpose }: PlannedItem,
  { incarnation, payload }: ItemState & { readonly state: 'present' },
): Bytes | undefined {
  if (purpose === undefined) return undefined;
  // Of a chunk of the first version the ciphertext alone is shown.
  if (purpose === Purpose.chunkKey && isAtomSealed(payload)) return undefined;
  const atom = { domain: domain.address, slot, incarnation };
  return discloseRecordKey(domain.keys.contentKeys, purpose, atom, payload);
}

function nameOf({ address }: GatewayDomain): string {
  return Buffer.from(address).toString('hex');
}
