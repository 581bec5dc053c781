import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  atomContent,
  atomDataHash,
  domainDataHash,
  encodeAtom,
  encodeDomain,
} from '../../hypergraph/index.ts';
import { chunks, config } from '../../hypergraph/test/universe.ts';
import { contentHash, readAtomContent, readConfigContent, slotUse } from '../../proving/atom-content.ts';

const slot = Buffer.alloc(24, 7);
const configSlot = Buffer.alloc(24, 0xff);

describe('the verifier reads what the node stores', () => {
  test('atoms: content and data hash', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.uint8Array({ maxLength: 200 }), fc.nat(2), (isVertex, payload, count) => {
        const kind = isVertex ? 'vertex' : 'hyperedge';
        const members = Array.from({ length: isVertex ? 0 : count }, (_, index) => Buffer.alloc(64, index));
        const held = isVertex ? chunks.slice(0, count) : [];
        const incarnation = Buffer.alloc(8, 1);
        const stored = encodeAtom({ kind, incarnation, revision: 5, payload, chunks: held, members });
        const content = atomContent(stored);
        expect(contentHash(slot, kind, content)).toEqual(Uint8Array.from(atomDataHash(stored)));
        const read = readAtomContent(content);
        expect(Buffer.from(read.payload)).toEqual(Buffer.from(payload));
        expect(read.members.map((member) => Buffer.from(member))).toEqual(members);
        expect(read.chunks.map(({ length }) => length)).toEqual(held.map(({ length }) => length));
      }),
    );
  });

  test('configurations, open and closed', () => {
    const open = encodeDomain({ state: 'open', revision: 7, config: config(0, [0, 1], 'payload') });
    const content = Buffer.concat([open.subarray(1, 2), open.subarray(10)]);
    expect(contentHash(configSlot, 'vertex', content)).toEqual(Uint8Array.from(domainDataHash(open)));
    const read = readConfigContent(content);
    expect(read.state === 'open' && Buffer.from(read.payload).toString()).toBe('payload');
    expect(read.state === 'open' && read.writerKeys.length).toBe(2);
    const closed = encodeDomain({ state: 'closed', revision: 9 });
    const closedContent = Buffer.concat([closed.subarray(1, 2), closed.subarray(10)]);
    expect(contentHash(configSlot, 'vertex', closedContent)).toEqual(Uint8Array.from(domainDataHash(closed)));
    expect(readConfigContent(closedContent)).toEqual({ state: 'closed' });
  });

  test('slots of the node', () => {
    expect(slotUse(configSlot)).toBe('config');
    expect(slotUse(Buffer.concat([Buffer.alloc(8, 0xff), Buffer.alloc(16)]))).toBe('lease');
    expect(slotUse(slot)).toBe('atom');
  });

  test('bytes that end too early or too late are refused', () => {
    const stored = encodeAtom({
      kind: 'vertex',
      incarnation: Buffer.alloc(8),
      revision: 1,
      payload: Buffer.alloc(3),
      chunks: [...chunks],
      members: [],
    });
    const content = atomContent(stored);
    for (let length = 0; length < content.length; length++) {
      expect(() => readAtomContent(content.subarray(0, length))).toThrow(/the bytes end inside/);
    }
    expect(() => readAtomContent(Buffer.concat([content, Buffer.of(0)]))).toThrow(/follow an atom/);
  });
});
