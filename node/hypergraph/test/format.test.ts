import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NodeError, nodeLimits, Tag, type Transaction } from '../../api/index.ts';
import {
  decodeAtom,
  decodeBatchBody,
  decodeCertificate,
  decodeChunkCount,
  decodeDomain,
  decodeLease,
  decodeLogRecord,
  decodePositionRecord,
  decodeRemoval,
  decodeTransaction,
  decodeUsage,
  encodeAtom,
  encodeBatchBody,
  encodeCertificate,
  encodeChunkCount,
  encodeDomain,
  encodeLease,
  encodeLogRecord,
  encodePositionRecord,
  encodeRemoval,
  encodeTransaction,
  encodeUsage,
} from '../index.ts';
import { config, domains, draft, slots } from './universe.ts';

const numRuns = process.env.HYPERGATE_SOAK === '1' ? 100_000 : 2_000;

const filled = (length: number, first: number, tag?: number): Buffer => {
  const bytes = Buffer.from(Array.from({ length }, (_, index) => (first + index * 7) & 0xff));
  if (tag !== undefined) bytes[0] = tag;
  return bytes;
};
const hash = filled(33, 3, Tag.sha256);
const key = filled(33, 5, Tag.ed25519PublicKey);
const signature = filled(65, 9, Tag.ed25519Signature);

const everything: Transaction = {
  id: filled(16, 1),
  validFrom: 7,
  validUntil: 2 ** 41,
  fence: { domain: filled(32, 2), resource: 'résumé', term: 3 },
  expects: [
    { domain: filled(32, 4), slot: filled(24, 5), revision: 2 ** 53 - 1 },
    { domain: filled(32, 2), slot: filled(24, 6), revision: 0 },
  ],
  operations: [
    {
      kind: 'add-vertex',
      domain: filled(32, 2),
      slot: filled(24, 7),
      incarnation: filled(8, 8),
      payload: Buffer.from('payload'),
      chunks: [{ hash, length: 70_000 }],
    },
    {
      kind: 'add-hyperedge',
      domain: filled(32, 9),
      slot: filled(24, 10),
      incarnation: filled(8, 11),
      payload: Buffer.alloc(0),
      members: [filled(64, 12), filled(64, 13)],
    },
    {
      kind: 'remove-vertex',
      domain: filled(32, 9),
      slot: filled(24, 1),
      incarnation: filled(8, 2),
      note: Buffer.from('n'),
    },
    {
      kind: 'remove-hyperedge',
      domain: filled(32, 9),
      slot: filled(24, 3),
      incarnation: filled(8, 4),
      note: Buffer.alloc(0),
    },
    { kind: 'create-domain', domain: filled(32, 20), config: config(0, [0, 1], 'configuration') },
    { kind: 'remove-domain', domain: filled(32, 21) },
    {
      kind: 'put-lease',
      domain: filled(32, 2),
      resource: 'engine',
      holder: Buffer.from('holder'),
      term: 4,
      durationMs: 10_000,
    },
  ],
};

const certificate = {
  log: filled(32, 1),
  position: 2 ** 40,
  rank: 5,
  previousHash: hash,
  batchHash: hash,
  signers: [{ key, signature }],
};
const batch = { writer: key, signature, body: encodeBatchBody([encodeTransaction(everything)]) };

interface Format {
  readonly bytes: Buffer;
  /** Decodes and encodes again. */
  again(bytes: Uint8Array): Buffer;
}

/** Every stored value of format v1, with the bytes that it had when it was first written. */
const formats: Readonly<Record<string, Format>> = {
  transaction: {
    bytes: encodeTransaction(everything),
    again: (bytes) => encodeTransaction(decodeTransaction(bytes)),
  },
  batch: {
    bytes: batch.body,
    again: (bytes) => encodeBatchBody(decodeBatchBody(bytes).map(encodeTransaction)),
  },
  certificate: {
    bytes: encodeCertificate(certificate),
    again: (bytes) => encodeCertificate(decodeCertificate(bytes)),
  },
  'log-record': {
    bytes: encodeLogRecord({ certificate, batch }),
    again: (bytes) => encodeLogRecord(decodeLogRecord(bytes)),
  },
  vertex: {
    bytes: encodeAtom({
      kind: 'vertex',
      incarnation: filled(8, 1),
      revision: 4097,
      payload: Buffer.from('payload'),
      chunks: [{ hash, length: 9 * 1024 * 1024 }],
      members: [],
    }),
    again: (bytes) => encodeAtom(decodeAtom(bytes)),
  },
  hyperedge: {
    bytes: encodeAtom({
      kind: 'hyperedge',
      incarnation: filled(8, 1),
      revision: 4098,
      payload: Buffer.alloc(0),
      chunks: [],
      members: [filled(64, 2)],
    }),
    again: (bytes) => encodeAtom(decodeAtom(bytes)),
  },
  'open-domain': {
    bytes: encodeDomain({ state: 'open', revision: 4096, config: config(1, [0, 2], 'payload') }),
    again: (bytes) => encodeDomain(decodeDomain(bytes)),
  },
  'closed-domain': {
    bytes: encodeDomain({ state: 'closed', revision: 4099 }),
    again: (bytes) => encodeDomain(decodeDomain(bytes)),
  },
  usage: {
    bytes: encodeUsage({ atoms: 1, bytes: 2 ** 40, removals: 3 }),
    again: (bytes) => encodeUsage(decodeUsage(bytes)),
  },
  lease: {
    bytes: encodeLease({
      revision: 4100,
      term: 2,
      durationMs: 5000,
      holder: filled(5, 1),
      resource: 'résumé',
    }),
    again: (bytes) => encodeLease(decodeLease(bytes)),
  },
  removal: {
    bytes: encodeRemoval({ kind: 'hyperedge', addRevision: 4096, removeRevision: 8192, dataHash: hash }),
    again: (bytes) => encodeRemoval(decodeRemoval(bytes)),
  },
  'chunk-count': {
    bytes: encodeChunkCount({ references: 2, length: 70_000 }),
    again: (bytes) => encodeChunkCount(decodeChunkCount(bytes)),
  },
  'position-record': {
    bytes: encodePositionRecord({
      outcomes: [
        { id: filled(16, 1), index: 0, outcome: { status: 'applied', revision: 4096 } },
        { id: filled(16, 2), index: 2, outcome: { status: 'refused', reason: 'stale-term', index: -1 } },
        {
          id: filled(16, 3),
          index: 3,
          outcome: { status: 'refused', reason: 'slot-occupied', index: 11_999 },
        },
      ],
      removed: [filled(64, 4)],
    }),
    again: (bytes) => encodePositionRecord(decodePositionRecord(1, bytes)),
  },
};

/** Refused as malformed, or exactly the bytes that encode gives back. */
function cleanOrSame(name: string, bytes: Uint8Array): 'refused' | 'same' {
  const format = formats[name] as Format;
  let again: Buffer;
  try {
    again = format.again(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(NodeError);
    expect((error as NodeError).code).toBe('malformed');
    return 'refused';
  }
  expect(again.equals(bytes)).toBe(true);
  return 'same';
}

const names = Object.keys(formats);

describe('format v1', () => {
  const goldenPath = new URL('golden/format-v1.json', import.meta.url);
  if (process.env.HYPERGATE_WRITE_GOLDEN === '1') {
    const all = Object.fromEntries(names.map((name) => [name, formats[name]?.bytes.toString('hex')]));
    writeFileSync(goldenPath, `${JSON.stringify(all, undefined, 2)}\n`);
  }
  const golden = JSON.parse(readFileSync(goldenPath, 'utf8')) as Record<string, string>;

  it.each(names)('writes the golden bytes of a %s and reads them back', (name) => {
    expect(formats[name]?.bytes.toString('hex')).toBe(golden[name]);
    expect(cleanOrSame(name, Buffer.from(golden[name] as string, 'hex'))).toBe('same');
  });

  it('keeps every field of a transaction', () => {
    expect(decodeTransaction(encodeTransaction(everything))).toEqual(everything);
  });

  it('keeps every random transaction', () => {
    fc.assert(
      fc.property(draft, fc.uint8Array({ minLength: 16, maxLength: 16 }), (plan, id) => {
        const expects = plan.expects.map(({ domain, slot }, revision) => ({ domain, slot, revision }));
        const head = {
          id: Buffer.from(id),
          validFrom: 0,
          validUntil: 9,
          expects,
          operations: plan.operations,
        };
        const transaction = plan.fence === undefined ? head : { ...head, fence: plan.fence };
        const bytes = encodeTransaction(transaction);
        expect(decodeTransaction(bytes)).toEqual(transaction);
        expect(cleanOrSame('transaction', bytes)).toBe('same');
      }),
      { numRuns },
    );
  });

  it.each(names)('answers any changed, cut or grown bytes of a %s cleanly', (name) => {
    const { bytes } = formats[name] as Format;
    for (let length = 0; length < bytes.length; length++) cleanOrSame(name, bytes.subarray(0, length));
    cleanOrSame(name, Buffer.concat([bytes, Buffer.of(0)]));
    const change = fc.record({
      at: fc.nat(bytes.length - 1),
      with: fc.oneof(fc.constantFrom(0, 1, 2, 3, 0x7f, 0x80, 0xff), fc.nat(255)),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const changed = Buffer.from(bytes);
        for (const { at, with: value } of changes) changed[at] = value;
        cleanOrSame(name, changed);
      }),
      { numRuns },
    );
  });

  it('answers random bytes cleanly', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.uint8Array({ maxLength: 300 }), (name, bytes) => {
        const marked = Buffer.from(bytes);
        if (marked.length > 0) marked[0] = 1;
        cleanOrSame(name, marked);
      }),
      { numRuns: numRuns * 3 },
    );
  });
});

describe('limits of a transaction', () => {
  const domain = domains[0] as Buffer;
  const slot = slots[0] as Buffer;
  const incarnation = Buffer.alloc(8);
  const add = (extra: object): Transaction['operations'][number] =>
    ({ kind: 'add-vertex', domain, slot, incarnation, payload: Buffer.alloc(0), ...extra }) as never;
  const cases: Readonly<Record<string, Partial<Transaction>>> = {
    'an id of another length': { id: Buffer.alloc(15) },
    'a negative position': { validFrom: -1 },
    'a position that is no safe integer': { validUntil: 2 ** 53 },
    'a slot of another length': { operations: [add({ slot: Buffer.alloc(23) })] },
    'a domain of another length': { operations: [add({ domain: Buffer.alloc(31) })] },
    'a payload that is too large': {
      operations: [add({ payload: Buffer.alloc(nodeLimits.payloadBytesMax + 1) })],
    },
    'too many chunks': { operations: [add({ chunks: Array(17).fill({ hash, length: 1 }) })] },
    'an empty chunk': { operations: [add({ chunks: [{ hash, length: 0 }] })] },
    'a hash with another tag': { operations: [add({ chunks: [{ hash: key, length: 1 }] })] },
    'too many operations': {
      operations: Array(nodeLimits.operationsMax + 1).fill({ kind: 'remove-domain', domain }),
    },
    'too many bytes': {
      operations: Array(5).fill(add({ payload: Buffer.alloc(nodeLimits.payloadBytesMax) })),
    },
    'an empty resource name': { fence: { domain, resource: '', term: 1 } },
    'a resource name with half a character': { fence: { domain, resource: '\ud800', term: 1 } },
    'a resource name that is too long': { fence: { domain, resource: 'é'.repeat(129), term: 1 } },
  };

  it.each(Object.keys(cases))('refuses %s', (name) => {
    const transaction = { ...everything, ...cases[name] };
    expect(() => encodeTransaction(transaction)).toThrow(NodeError);
  });

  it('takes a hyperedge with as many members as allowed and 640 vertices with a chunk each', () => {
    const members = Array(nodeLimits.hyperedgeMembersMax).fill(filled(64, 1));
    const operations = [
      ...Array.from({ length: 640 }, (_, index) =>
        add({ slot: filled(24, index), chunks: [{ hash, length: 8 << 20 }] }),
      ),
      { kind: 'add-hyperedge' as const, domain, slot, incarnation, payload: Buffer.alloc(0), members },
    ];
    const bytes = encodeTransaction({ ...everything, operations });
    expect(bytes.length).toBeLessThan(nodeLimits.transactionBytesMax);
    expect(decodeTransaction(bytes).operations.length).toBe(641);
  });
});
