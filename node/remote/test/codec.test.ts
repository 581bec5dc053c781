import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AppliedBatch, mainLog, NodeError, Tag } from '../../api/index.ts';
import * as v1 from '../format/v1.ts';
import { type Frame, FrameCollector } from '../frames.ts';

const numRuns = process.env.HYPERGATE_SOAK === '1' ? 50_000 : 1_500;
const filled = (length: number, first: number, tag?: number): Buffer => {
  const bytes = Buffer.from(Array.from({ length }, (_, index) => (first + index * 7) & 0xff));
  if (tag !== undefined) bytes[0] = tag;
  return bytes;
};
const hash = filled(33, 3, Tag.sha256);
const key = filled(33, 5, Tag.ed25519PublicKey);
const chunk = { hash, length: 70_000 };
const domain = filled(32, 2);
const slot = filled(24, 3);

const certificate = {
  log: Buffer.from(mainLog),
  position: 9,
  rank: 9,
  previousHash: hash,
  batchHash: hash,
  signers: [{ key, signature: filled(65, 4, Tag.ed25519Signature) }],
};
const applied: AppliedBatch = {
  position: 9,
  transactions: [
    {
      id: filled(16, 1),
      outcome: { status: 'applied', revision: 9 * 4096 + 3 },
      operations: [
        {
          kind: 'add-vertex',
          domain,
          slot,
          incarnation: filled(8, 1),
          payload: Buffer.from('x'),
          chunks: [chunk],
        },
      ],
    },
    { id: filled(16, 2), outcome: { status: 'refused', reason: 'slot-occupied', index: 4 }, operations: [] },
  ],
};
const atom = {
  kind: 'vertex' as const,
  incarnation: filled(8, 1),
  revision: 4096,
  payload: Buffer.from('payload'),
  chunks: [chunk],
  members: [],
};
const domainReply = {
  ownerKey: key,
  writerKeys: [key],
  readKey: filled(33, 1, Tag.ristretto255Point),
  payload: Buffer.from('p'),
  usage: { atoms: 1, bytes: 2 },
};

interface Body {
  readonly value: unknown;
  readonly bytes: Buffer;
  decode(bytes: Buffer): unknown;
  encode(value: never): Buffer;
}

const fetchRequest = { chunk, offset: 1, length: 2 };
const lease = { domain, durationMs: 5000, resource: 'résumé', holder: filled(5, 1) };
const result = { position: 9, outcome: { status: 'applied' as const, revision: 9 * 4096 }, certificate };

const batchResult = {
  ...result,
  batch: { writer: key, body: filled(40, 1), signature: filled(65, 4, Tag.ed25519Signature) },
  indexInBatch: 3,
};

const bodies: Readonly<Record<string, Body>> = {
  chunk: { value: chunk, bytes: v1.encodeChunk(chunk), decode: v1.decodeChunk, encode: v1.encodeChunk },
  fetch: {
    value: fetchRequest,
    bytes: v1.encodeFetch(fetchRequest),
    decode: v1.decodeFetch,
    encode: v1.encodeFetch,
  },
  batchResult: {
    value: batchResult,
    bytes: v1.encodeBatchResult(batchResult),
    decode: v1.decodeBatchResult,
    encode: v1.encodeBatchResult,
  },
  batchResultWithout: {
    value: result,
    bytes: v1.encodeBatchResult(result),
    decode: v1.decodeBatchResult,
    encode: v1.encodeBatchResult,
  },
  result: { value: result, bytes: v1.encodeResult(result), decode: v1.decodeResult, encode: v1.encodeResult },
  number: {
    value: 2 ** 53 - 1,
    bytes: v1.encodeNumber(2 ** 53 - 1),
    decode: v1.decodeNumber,
    encode: v1.encodeNumber,
  },
  read: {
    value: { slots: [{ domain, slot }], options: { at: 'linearizable' } },
    bytes: v1.encodeRead([{ domain, slot }], { at: 'linearizable' }),
    decode: v1.decodeRead,
    encode: ({ slots, options }: ReturnType<typeof v1.decodeRead>) => v1.encodeRead(slots, options),
  },
  atom: {
    value: atom,
    bytes: v1.encodeOptionalAtom(atom),
    decode: v1.decodeOptionalAtom,
    encode: v1.encodeOptionalAtom,
  },
  domain: {
    value: domainReply,
    bytes: v1.encodeDomainReply(domainReply),
    decode: v1.decodeDomainReply,
    encode: v1.encodeDomainReply,
  },
  follow: {
    value: { log: Buffer.from(mainLog), from: 7 },
    bytes: v1.encodeFollow(mainLog, 7),
    decode: v1.decodeFollow,
    encode: ({ log, from }: ReturnType<typeof v1.decodeFollow>) => v1.encodeFollow(log, from),
  },
  applied: {
    value: applied,
    bytes: v1.encodeApplied(applied),
    decode: v1.decodeApplied,
    encode: v1.encodeApplied,
  },
  scanned: {
    value: { slot, atom },
    bytes: v1.encodeScanned({ slot, atom }),
    decode: v1.decodeScanned,
    encode: v1.encodeScanned,
  },
  lease: {
    value: lease,
    bytes: v1.encodeLeaseRequest(lease),
    decode: v1.decodeLeaseRequest,
    encode: v1.encodeLeaseRequest,
  },
  job: {
    value: { kind: 'sign', payload: Buffer.from('x') },
    bytes: v1.encodeJob('sign', Buffer.from('x')),
    decode: v1.decodeJob,
    encode: ({ kind, payload }: ReturnType<typeof v1.decodeJob>) => v1.encodeJob(kind, payload),
  },
};
const names = Object.keys(bodies);

function cleanOrSame(name: string, bytes: Buffer): void {
  const body = bodies[name] as Body;
  let again: Buffer;
  try {
    again = body.encode(body.decode(bytes) as never);
  } catch (error) {
    expect(error).toBeInstanceOf(NodeError);
    expect((error as NodeError).code).toBe('malformed');
    return;
  }
  expect(again.equals(bytes)).toBe(true);
}

describe('bodies on the socket', () => {
  it.each(names)('keeps a %s', (name) => {
    const body = bodies[name] as Body;
    expect(body.decode(body.bytes)).toEqual(body.value);
  });

  it.each(names)('answers any changed or cut bytes of a %s cleanly', (name) => {
    const { bytes } = bodies[name] as Body;
    for (let length = 0; length < bytes.length; length++) cleanOrSame(name, bytes.subarray(0, length));
    cleanOrSame(name, Buffer.concat([bytes, Buffer.of(0)]));
    const change = fc.record({ at: fc.nat(bytes.length - 1), with: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const changed = Buffer.from(bytes);
        for (const { at, with: value } of changes) changed[at] = value;
        cleanOrSame(name, changed);
      }),
      { numRuns },
    );
  });

  it('keeps every error by its code', () => {
    const error = new NodeError('storage-full', 'the disk is full');
    expect(v1.decodeError(v1.encodeError(error))).toMatchObject({
      code: 'storage-full',
      message: 'the disk is full',
    });
    const inner = v1.decodeError(v1.encodeError(new Error('a secret detail')));
    expect(inner.code).toBe('closed');
    expect(inner.message).not.toContain('secret');
    expect(() => v1.decodeError(Buffer.of(200))).toThrow(NodeError);
  });
});

describe('frames', () => {
  const frame = (type: number, call: number, body: Buffer): Buffer => {
    const head = Buffer.alloc(9);
    head.writeUInt32BE(5 + body.length, 0);
    head[4] = type;
    head.writeUInt32BE(call, 5);
    return Buffer.concat([head, body]);
  };

  it('are the same however the bytes are cut', () => {
    const frameParts = fc.record({
      type: fc.nat(255),
      call: fc.nat(0xffff_ffff),
      body: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
    });
    fc.assert(
      fc.property(
        fc.array(frameParts),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (frames, cuts) => {
          const bytes = Buffer.concat(frames.map(({ type, call, body }) => frame(type, call, body)));
          const collector = new FrameCollector();
          const found: Frame[] = [];
          for (let at = 0, turn = 0; at < bytes.length; turn++) {
            const size = cuts[turn % cuts.length] as number;
            collector.push(bytes.subarray(at, at + size));
            at += size;
            for (let next = collector.take(1000); next !== undefined; next = collector.take(1000))
              found.push(next);
          }
          expect(found).toEqual(frames);
        },
      ),
      { numRuns },
    );
  });

  it('are refused by their length alone, before anything is kept', () => {
    const collector = new FrameCollector();
    collector.push(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    expect(() => collector.take(1000)).toThrow(NodeError);
    const short = new FrameCollector();
    short.push(Buffer.from([0, 0, 0, 4]));
    expect(() => short.take(1000)).toThrow(NodeError);
  });
});
