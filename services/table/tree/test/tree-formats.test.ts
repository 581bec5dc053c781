import { secretKey } from '@hypergate/node/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordingStore } from '../../test/support/recording-store.ts';
import { ownCopy } from '../block.ts';
import { Changes } from '../changes.ts';
import { collectRuns } from '../consolidate.ts';
import { DirectoryPage, decodeDirectoryPage, encodeDirectoryPage, Leaf } from '../directory.ts';
import { IndexDamaged } from '../errors.ts';
import { decodeHead, encodeHead } from '../head.ts';
import { IndexTree } from '../index-tree.ts';
import { decodePage, emptyPage, encodePage, type Run } from '../page.ts';
import { RedoLog, readRedo } from '../redo.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const hex = (value: Uint8Array) => Buffer.from(value).toString('hex');

function pageOf(entries: readonly (readonly [string, string])[]) {
  const changes = new Changes(Buffer.alloc(0));
  for (const [key, value] of entries) changes.set(bytes(key), bytes(value));
  const runs: Run[] = [];
  collectRuns(emptyPage, changes, runs);
  return encodePage(runs);
}

it('what the tree keeps of a key stands in memory of its own', () => {
  const view = Buffer.alloc(64 * 1024, 7).subarray(10, 15);
  expect(ownCopy(view)).toEqual(Buffer.alloc(5, 7));
  expect(ownCopy(view).buffer.byteLength).toBe(5);
});

describe('stored formats of the tree keep their golden bytes', () => {
  it('pages', () => {
    const page = pageOf([
      ['keys/b', 'two'],
      ['keys/a', 'one'],
      ['keys/', ''],
    ]);
    expect(hex(page.bytes)).toBe(
      '0005000000036b6579732f000000000001000361 6f6e65 0001000362 74776f'.replaceAll(' ', ''),
    );
    expect(decodePage(page.bytes)).toEqual(page);
  });

  it('directory pages', () => {
    const page = new DirectoryPage(9, [
      new Leaf(1, Buffer.alloc(0), true),
      new Leaf(2 ** 40, bytes('m'), false),
    ]);
    expect(hex(encodeDirectoryPage(page))).toBe('000000020000000000010100000100000000000000016d');
    const decoded = decodeDirectoryPage(9, encodeDirectoryPage(page));
    expect(decoded.leaves.map(({ id, lower, hasPage }) => [id, hex(lower), hasPage])).toEqual([
      [1, '', true],
      [2 ** 40, '6d', false],
    ]);
  });

  it('redo blocks', () => {
    const redo = new RedoLog(1, 1, 1000);
    redo.append(bytes('key 1'), bytes('v'));
    redo.append(bytes('key 22'), undefined);
    redo.append(bytes('key'), bytes(''));
    const [block] = redo.take();
    expect(hex(block!.bytes)).toBe('0000000500016b65792031760004' + '0002ffff3232' + '000300000000');
    expect([...readRedo(block!.bytes)].map(({ key, value }) => [key.toString(), value?.toString()])).toEqual([
      ['key 1', 'v'],
      ['key 22', undefined],
      ['key', ''],
    ]);
  });

  it('the head', () => {
    const head = { watermark: 7, nextNumber: 2 ** 33, redoFirst: 3, redoNext: 4, directoryPages: 1 };
    expect(hex(encodeHead(head))).toBe('0001000000000007000200000000000000000003000000000004000000000001');
    expect(decodeHead(encodeHead(head))).toEqual(head);
  });

  it('a whole store', async () => {
    const store = new RecordingStore();
    const key = secretKey(Buffer.alloc(32, 5));
    let counter = 0;
    const random = { bytes: (length: number) => Buffer.alloc(length, (counter += 1)) };
    const tree = await IndexTree.open({ leafChangesBytesMax: 60 }, { store, key, random });
    tree.watermark = 12;
    for (let number = 0; number < 5; number += 1)
      tree.put(bytes(`entry ${number}`), bytes(`value ${number}`));
    await tree.flush();
    expect([...store.map].map(([name, value]) => [name, hex(value)])).toMatchSnapshot();
    const again = await IndexTree.open({}, { store, key, random });
    expect(again.watermark).toBe(12);
    for (let number = 0; number < 5; number += 1)
      expect(again.get(bytes(`entry ${number}`))?.toString()).toBe(`value ${number}`);
  });
});

describe('decoders of the tree', () => {
  const decoders: ((value: Buffer) => unknown)[] = [
    decodePage,
    (value) => decodeDirectoryPage(1, value),
    (value) => [...readRedo(value)],
    decodeHead,
  ];
  const valid = [
    pageOf([
      ['keys/b', 'two'],
      ['keys/a', 'one'],
    ]).bytes,
    encodeDirectoryPage(
      new DirectoryPage(1, [new Leaf(1, Buffer.alloc(0), true), new Leaf(2, bytes('m'), true)]),
    ),
    (() => {
      const redo = new RedoLog(1, 1, 1000);
      redo.append(bytes('key 1'), bytes('v'));
      redo.append(bytes('key 22'), undefined);
      return redo.take()[0]!.bytes;
    })(),
    encodeHead({ watermark: 7, nextNumber: 8, redoFirst: 3, redoNext: 4, directoryPages: 1 }),
  ];
  const readsOrRefuses = (decode: () => unknown) => {
    try {
      decode();
    } catch (error) {
      expect(error).toBeInstanceOf(IndexDamaged);
    }
  };

  it('refuse changed, cut and random bytes in one way', () => {
    for (const [index, decode] of decoders.entries()) {
      const encoded = valid[index]!;
      for (let at = 0; at < encoded.length; at += 1) {
        readsOrRefuses(() => decode(encoded.subarray(0, at)));
        for (const mask of [1, 0x80, 0xff]) {
          const changed = Buffer.from(encoded);
          changed[at]! ^= mask;
          readsOrRefuses(() => decode(changed));
        }
      }
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), (random) =>
          readsOrRefuses(() => decode(Buffer.from(random))),
        ),
        { numRuns: 300 },
      );
    }
  });
});
