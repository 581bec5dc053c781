/** A small world in which random transactions meet: few domains, slots, writers and chunks, so that they collide often. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { type ChunkRef, type DomainConfig, type Operation, Tag, type Transaction } from '../../api/index.ts';

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
const tagged = (tag: number, text: string): Buffer => Buffer.concat([Buffer.of(tag), hash(text)]);

export const writers = ['a', 'b', 'c'].map((name) => tagged(Tag.ed25519PublicKey, `writer ${name}`));
export const readKey = tagged(Tag.ristretto255Point, 'read key');
export const domains = ['x', 'y', 'z'].map((name) => hash(`domain ${name}`));
export const slots = [0, 1, 2].map((index) => hash(`slot ${index}`).subarray(0, 24));
export const incarnations = [0, 1].map((index) => hash(`incarnation ${index}`).subarray(0, 8));
export const chunks: readonly ChunkRef[] = [0, 1].map((index) => ({
  hash: tagged(Tag.sha256, `chunk ${index}`),
  length: 70_000 + index,
}));
export const resources = ['engine', 'résumé'];
export const holders = ['first', 'second'].map((name) => Buffer.from(name));

export function config(owner: number, allowed: readonly number[], payload = ''): DomainConfig {
  return {
    ownerKey: writers[owner] as Buffer,
    writerKeys: allowed.map((index) => writers[index] as Buffer),
    readKey,
    payload: Buffer.from(payload),
  };
}

/** Mostly the first, so that things meet. */
const domain = fc.constantFrom(...[0, 0, 0, 0, 0, 1, 1, 2].map((index) => domains[index] as Buffer));
/** Never the first: a closed domain has nothing more to say. */
const closable = fc.constantFrom(...domains.slice(1));
const slot = fc.constantFrom(...slots);
const incarnation = fc.constantFrom(...incarnations);
const payload = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
const member = fc.tuple(domain, slot, incarnation).map((parts) => Buffer.concat(parts));

export const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('add-vertex' as const),
      domain,
      slot,
      incarnation,
      payload,
      chunks: fc.array(fc.constantFrom(...chunks), { maxLength: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('add-hyperedge' as const),
      domain,
      slot,
      incarnation,
      payload,
      members: fc.array(member, { maxLength: 3 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('remove-vertex' as const, 'remove-vertex' as const, 'remove-hyperedge' as const),
      domain,
      slot,
      incarnation,
      note: payload,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('create-domain' as const),
      domain,
      config: fc
        .tuple(fc.nat(2), fc.uniqueArray(fc.nat(2), { maxLength: 3 }))
        .map(([owner, allowed]) => config(owner, allowed)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove-domain' as const), domain: closable }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('put-lease' as const),
      domain,
      resource: fc.constantFrom(...resources),
      holder: fc.constantFrom(...holders),
      term: fc.constantFrom(0, 1, 1, 1, 2, 2, 3),
      durationMs: fc.constantFrom(0, 1000, 5000),
    }),
  },
);

/** Undefined mostly. */
function seldom<Value>(arbitrary: fc.Arbitrary<Value>, oneIn: number): fc.Arbitrary<Value | undefined> {
  return fc.oneof({ weight: oneIn - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}

/** A transaction before it is sent: revisions and windows are filled in from what was seen when it is. */
export interface Draft {
  readonly writer: number;
  readonly operations: readonly Operation[];
  /** Slots to expect: as they are, absent, or at a revision that never was. */
  readonly expects: readonly { domain: Buffer; slot: Buffer; as: 'now' | 'absent' | 'wrong' }[];
  readonly fence: { domain: Buffer; resource: string; term: number } | undefined;
  /** Repeats the id (and all) of an earlier transaction, counted backwards, when there is one. */
  readonly repeats: number | undefined;
  readonly window: 'now' | 'past' | 'future' | 'long' | 'reversed';
}

export const draft: fc.Arbitrary<Draft> = fc.record({
  writer: fc.constantFrom(0, 0, 0, 0, 1, 2),
  operations: fc.oneof(
    { weight: 4, arbitrary: fc.tuple(operation) },
    { weight: 2, arbitrary: fc.array(operation, { minLength: 2, maxLength: 4 }) },
    { weight: 1, arbitrary: fc.constant([]) },
  ),
  expects: fc.array(
    fc.record({
      domain,
      slot,
      as: fc.constantFrom(...(['now', 'now', 'now', 'now', 'absent', 'wrong'] as const)),
    }),
    { maxLength: 1 },
  ),
  fence: seldom(
    fc.record({ domain, resource: fc.constantFrom(...resources), term: fc.constantFrom(1, 1, 1, 2, 3) }),
    8,
  ),
  repeats: seldom(fc.nat(12), 8),
  window: fc.oneof(
    { weight: 20, arbitrary: fc.constant('now' as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('past' as const, 'future' as const, 'long' as const, 'reversed' as const),
    },
  ),
});

let count = 0;

export function fresh(
  operations: readonly Operation[],
  position = 1,
  extra: Partial<Transaction> = {},
): Transaction {
  const id = hash(`id ${count++}`).subarray(0, 16);
  return { id, validFrom: position, validUntil: position + 1000, expects: [], operations, ...extra };
}
