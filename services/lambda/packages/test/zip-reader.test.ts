/** What is read out of zip files, and each reason why one is not taken. */
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { packageLimits } from '../limits.ts';
import { walk } from '../tree.ts';
import { examine } from '../unpack.ts';
import { readZip } from '../zip-reader.ts';
import { ZipRefused } from '../zip-refused.ts';
import { u16, u32, u64, writeZip, type ZipEnd, type ZipPart } from './support/zip-writer.ts';

const limit = 1_000_000;
const regular = 0o100644;
const folder = 0o040755;
const link = 0o120777;

const namesOf = (zip: Buffer): string[] => [...walk(readZip(zip, limit).root)].map(({ path }) => path);

async function fault(zip: Buffer, unpackedMax = limit): Promise<string> {
  try {
    await examine(zip, readZip(zip, unpackedMax));
    return 'taken';
  } catch (error) {
    if (error instanceof ZipRefused) return error.fault;
    throw error;
  }
}

const faultOf = (parts: readonly ZipPart[], end?: ZipEnd): Promise<string> => fault(writeZip(parts, end));

describe('what other programs write', () => {
  test('a stored file of Unix, byte for byte from the specification', async () => {
    // Written by hand: local header, "hi\n", the directory with mode 755, its end.
    const zip = Buffer.from(
      '504b03040a0000000000000021007a7a6fed03000000030000000100000061' +
        '68690a' +
        '504b01021e030a0000000000000021007a7a6fed030000000300000001000000000000000100' +
        '0000ed810000000061' +
        '504b050600000000010001002f000000220000000000',
      'hex',
    );
    const read = readZip(zip, limit);
    expect(read.root.children.get('a')).toMatchObject({ kind: 'file', mode: 0o555, size: 3 });
    expect((await examine(zip, read)).unpackedSize).toBe(3);
  });

  test.each(['signed', 'bare', 'signed-wide', 'bare-wide'] as const)(
    'a %s data descriptor',
    async (descriptor) => {
      const zip = writeZip([
        { name: 'a', data: 'one', descriptor, mode: regular },
        { name: 'b', data: 'two' },
      ]);
      expect(await fault(zip)).toBe('taken');
    },
  );

  test('zip64 in entries, in the end record, and with descriptors', async () => {
    const parts: ZipPart[] = [
      { name: 'a', data: 'one', isWide: true, mode: regular },
      { name: 'b', data: 'two', isWide: true, descriptor: 'signed-wide' },
    ];
    expect(await faultOf(parts)).toBe('taken');
    expect(await faultOf(parts, { isWide: true })).toBe('taken');
  });

  test('a comment, also one that looks like an end record', async () => {
    const comment = Buffer.concat([Buffer.from('PK\x05\x06', 'latin1'), Buffer.alloc(40, 1)]);
    expect(await faultOf([{ name: 'a' }], { comment })).toBe('taken');
  });

  test('`./`, doubled slashes, and folders that are named twice or not at all', () => {
    const parts = ['./', './a//b', 'c/', 'c/', 'c/d'].map((name) => ({
      name,
      mode: name.endsWith('/') ? folder : regular,
    }));
    expect(namesOf(writeZip(parts))).toEqual(['a', 'a/b', 'c', 'c/d']);
  });

  test('folders of DOS, deflated folders, those that say they are files, and those with all bits', () => {
    const parts: ZipPart[] = [
      { name: 'a/' },
      { name: 'b/', mode: folder, isStored: true },
      { name: 'c/', mode: regular },
      { name: 'd/', mode: 0o177777 },
      { name: 'e', mode: folder, isStored: true },
    ];
    const { root } = readZip(writeZip(parts), limit);
    expect([...root.children.values()].map(({ kind }) => kind)).toEqual(Array(5).fill('folder'));
  });

  test('files without a mode can be read by all and executed by nobody', () => {
    expect(readZip(writeZip([{ name: 'a' }]), limit).root.children.get('a')).toMatchObject({ mode: 0o444 });
  });
});

describe('names', () => {
  test('with the flag are UTF-8', () => {
    expect(namesOf(writeZip([{ name: 'ü/😀' }]))).toEqual(['ü', 'ü/😀']);
  });
  test('without the flag are UTF-8 where they can be, as on macOS', () => {
    expect(namesOf(writeZip([{ name: 'ü', flags: 0 }]))).toEqual(['ü']);
  });
  test('and CP437 where they cannot', () => {
    expect(namesOf(writeZip([{ name: Buffer.of(0x81, 0xe1, 0x80, 0xff, 0x61), flags: 0 }]))).toEqual([
      'üßÇ\u00a0a',
    ]);
  });
  test('are those of the Unicode path when it belongs to them', () => {
    const raw = Buffer.from([0x81]);
    // CRC-32 of the byte 0x81.
    const belongs = Buffer.concat([Buffer.of(1), u32(0x48bd5c3b), Buffer.from('ž')]);
    const field = (content: Buffer) => Buffer.concat([u16(0x7075, content.length), content]);
    const foreign = Buffer.concat([Buffer.of(1), u32(1), Buffer.from('ž')]);
    const read = (extra: Buffer) => namesOf(writeZip([{ name: raw, flags: 0, extra }]));
    expect(read(field(foreign))).toEqual(['ü']);
    expect(read(field(belongs))).toEqual(['ž']);
  });

  test.each(['../a', 'a/../../b', 'a/..', '/a', '//a', 'C:a', 'c:/a', 'a\\b', '..\\a', 'a\0b'])(
    '%j is refused',
    async (name) => {
      expect(await faultOf([{ name, mode: regular }])).toBe('hostile');
      // A leading `./` hides nothing.
      if (!name.startsWith('/') && !/^c:/i.test(name))
        expect(await faultOf([{ name: `./${name}` }])).toBe('hostile');
    },
  );

  test('that are not what their flag says are refused', async () => {
    expect(await faultOf([{ name: Buffer.of(0xff) }])).toBe('damaged');
  });
  test('of files cannot be empty', async () => {
    expect(await faultOf([{ name: '', mode: regular }])).toBe('hostile');
  });
  test.each([
    ['a path', 'a/'.repeat(100) + 'b'.repeat(3000)],
    ['one part', 'b'.repeat(packageLimits.nameBytesMax + 1)],
    ['parts', `${'a/'.repeat(packageLimits.depthMax)}b`],
  ])('have limits: %s', async (_, name) => {
    expect(await faultOf([{ name }])).toBe('unsupported');
  });
  test('up to the limits are taken', async () => {
    expect(await faultOf([{ name: `${'a/'.repeat(packageLimits.depthMax - 1)}b` }])).toBe('taken');
    expect(await faultOf([{ name: 'ä'.repeat(127) }])).toBe('taken');
  });
});

describe('two entries at one place', () => {
  test.each([
    ['the same name', 'a', 'a'],
    ['the same but for `./`', 'a', './a'],
    ['a file where a folder is', 'a/b', 'a'],
    ['a file below a file', 'a', 'a/b'],
    ['a folder where a file is', 'a', 'a/'],
  ])('%s', async (_, first, second) => {
    expect(await faultOf([{ name: first }, { name: second }])).toBe('hostile');
  });
  test('a file below a link', async () => {
    const parts = [{ name: 'b/' }, { name: 'a', data: 'b', mode: link }, { name: 'a/c', data: 'x' }];
    expect(await faultOf(parts)).toBe('hostile');
  });
});

describe('links', () => {
  const links = (targets: Record<string, string>, ...others: readonly string[]) =>
    faultOf([
      ...others.map((name) => ({ name })),
      ...Object.entries(targets).map(([name, data]) => ({ name, data, mode: link })),
    ]);

  test.each([
    [{ a: 'b' }],
    [{ a: 'b/../c' }],
    [{ 'a/b/c': '../../d' }],
    [{ a: 'b', b: 'c' }],
    [{ a: '.' }],
    [{ a: 'ü' }],
    [{ 'x/a': '..', b: 'x/a/c' }],
  ])('within the folder are taken: %j', async (targets) => {
    expect(await links(targets)).toBe('taken');
  });
  test.each([
    [{ a: '/etc/passwd' }],
    [{ a: '..' }],
    [{ a: '../a' }],
    [{ 'a/b': '../..' }],
    [{ 'a/b': '../c/../../d' }],
    // By way of another one: `x/y` is the folder itself, so `x/y/..` is above it.
    [{ 'x/y': '..', a: 'x/y/../b' }],
    [{ d: '.', a: 'd/../b' }],
    [{ a: 'b', b: 'a' }],
    [{ a: 'a' }],
    [{ a: '' }],
    [{ a: 'b\0c' }],
    [{ 'a/': 'b' }],
  ])('out of the folder, in circles or to nowhere are refused: %j', async (targets) => {
    expect(await links(targets)).toBe('hostile');
  });
  test('have a longest target', async () => {
    expect(await links({ a: 'b'.repeat(packageLimits.linkBytesMax) })).toBe('taken');
    expect(await links({ a: 'b'.repeat(packageLimits.linkBytesMax + 1) })).toBe('hostile');
  });
  test('one after the other have a longest chain', async () => {
    const chain = (hops: number) =>
      Object.fromEntries(Array.from({ length: hops + 1 }, (_, index) => [`l${index}`, `l${index + 1}`]));
    expect(await links(chain(packageLimits.linkHopsMax))).toBe('taken');
    expect(await links(chain(packageLimits.linkHopsMax + 1))).toBe('hostile');
  });
  test('many long ones are not followed for ever', async () => {
    const targets: Record<string, string> = { z: '.' };
    for (let index = 0; index < 600; index++) targets[`l${index}`] = 'z/'.repeat(39) + 'q/'.repeat(2000);
    expect(
      await fault(writeZip(Object.entries(targets).map(([name, data]) => ({ name, data, mode: link }))), 1e8),
    ).toBe('taken');
    for (let index = 600; index < 1200; index++) targets[`l${index}`] = 'q/'.repeat(2000);
    expect(
      await fault(writeZip(Object.entries(targets).map(([name, data]) => ({ name, data, mode: link }))), 1e8),
    ).toBe('hostile');
  });
});

describe('entries that are not taken', () => {
  test.each([
    ['encrypted', { flags: 1 }, 'unsupported'],
    ['strongly encrypted', { flags: 1 << 6 }, 'unsupported'],
    ['with masked headers', { flags: 1 << 13 }, 'unsupported'],
    ['patches', { flags: 1 << 5 }, 'unsupported'],
    ['of method 12', { method: 12 }, 'unsupported'],
    ['of method 9', { method: 9 }, 'unsupported'],
    ['devices', { mode: 0o020666 }, 'hostile'],
    ['pipes', { mode: 0o010666 }, 'hostile'],
    ['sockets', { mode: 0o140666 }, 'hostile'],
    ['folders with contents', { name: 'a/', data: 'x' }, 'damaged'],
    ['folders that say they are links', { name: 'a/', mode: link }, 'hostile'],
    ['with another checksum', { crc: 1 }, 'damaged'],
    ['with less in them than they say', { size: 5 }, 'damaged'],
    ['with more in them than they say', { size: 3 }, 'hostile'],
    ['stored with two sizes', { isStored: true, size: 3 }, 'damaged'],
    ['whose bytes are cut off', { packed: deflateRawSync(Buffer.from('data')).subarray(0, 3) }, 'damaged'],
    ['whose bytes are no deflate', { packed: Buffer.of(0xff, 0xff) }, 'damaged'],
    [
      'with bytes behind their end',
      { packed: Buffer.concat([deflateRawSync('data'), Buffer.of(0)]) },
      'damaged',
    ],
    ['larger than the file', { compressedSize: 1000, method: 8 }, 'damaged'],
    ['whose local header is another place', { offset: 1 }, 'damaged'],
    ['whose local name differs', { local: { name: 'b' } }, 'damaged'],
    ['whose local method differs', { local: { method: 0 } }, 'damaged'],
    ['whose local checksum differs', { local: { crc: 1 } }, 'damaged'],
    ['whose local size differs', { local: { size: 1 } }, 'damaged'],
    ['whose local packed size differs', { local: { compressedSize: 1 } }, 'damaged'],
    ['that only the local header says are encrypted', { local: { flags: 1 } }, 'damaged'],
    ['with a descriptor that only the local header knows', { local: { flags: 8 } }, 'damaged'],
  ] as const)('%s', async (_, change, expected) => {
    expect(
      await faultOf([
        { name: 'first', data: 'first' },
        { name: 'a', data: 'data', ...change },
      ]),
    ).toBe(expected);
  });

  test('with a descriptor that says something else', async () => {
    const zip = writeZip([{ name: 'a', data: 'data', descriptor: 'signed' }]);
    zip[zip.indexOf('PK\x07\x08', 0, 'latin1') + 4]! ^= 1;
    expect(await fault(zip)).toBe('damaged');
  });

  test('that overlap, one inside of another', async () => {
    const inner = writeZip([{ name: 'b', data: 'x' }]);
    const local = inner.subarray(0, inner.indexOf('PK\x01\x02', 0, 'latin1'));
    const outer: ZipPart = { name: 'a', data: local, isStored: true };
    // The second one's own local header is not named by the directory.
    const zip = writeZip([outer, { name: 'b', data: 'x', offset: 31 }]);
    expect(() => readZip(zip, limit)).toThrow('entries overlap');
  });

  const large = Buffer.alloc(packageLimits.wholeFileMax + 1000, 'large ');
  test.each([
    ['another checksum', { crc: 1 }, 'damaged'],
    ['less in them than they say', { size: large.length + 1 }, 'damaged'],
    ['more in them than they say', { size: large.length - 1 }, 'hostile'],
    ['their bytes cut off', { packed: deflateRawSync(large).subarray(0, -3) }, 'damaged'],
    ['bytes behind their end', { packed: Buffer.concat([deflateRawSync(large), Buffer.of(0)]) }, 'damaged'],
    ['another checksum, stored', { isStored: true, crc: 1 }, 'damaged'],
    ['nothing wrong', {}, 'taken'],
    ['nothing wrong, stored', { isStored: true }, 'taken'],
  ] as const)('large ones with %s', async (_, change, expected) => {
    expect(await fault(writeZip([{ name: 'a', data: large, ...change }]), 1e8)).toBe(expected);
  });

  test('a zip64 field that is too short', async () => {
    const extra = Buffer.concat([u16(1, 8), u64(4)]);
    expect(
      await faultOf([{ name: 'a', data: 'data', extra, size: 0xffff_ffff, compressedSize: 0xffff_ffff }]),
    ).toBe('damaged');
  });
});

describe('files that are not taken', () => {
  test('nothing, and what is no zip file', async () => {
    expect(await fault(Buffer.alloc(0))).toBe('empty');
    expect(await fault(Buffer.from('exports.handler = () => 1'))).toBe('damaged');
    expect(await fault(Buffer.alloc(100_000, 'PK\x05\x06'))).toBe('damaged');
  });
  test('without an entry', async () => expect(await faultOf([])).toBe('empty'));
  test.each([
    ['that are a part of several', { disk: 1 }, 'unsupported'],
    ['with another number of entries', { entries: 2 }, 'damaged'],
    ['with fewer entries than the directory has', { entries: 0 }, 'damaged'],
    ['whose directory is elsewhere', { directoryOffset: 3 }, 'damaged'],
    ['whose two end records disagree', { isWide: true, wideEntries: 2 }, 'damaged'],
  ] as const)('%s', async (_, end, expected) => {
    expect(await faultOf([{ name: 'a', data: 'data' }], end)).toBe(expected);
  });
  test('cut off anywhere', async () => {
    const zip = writeZip(
      [
        { name: 'a', data: 'data' },
        { name: 'b/c', data: 'x', isWide: true },
      ],
      { isWide: true },
    );
    for (let length = 1; length < zip.length; length++)
      expect(await fault(zip.subarray(0, length))).toBe('damaged');
  });
  test('with a bit turned anywhere are refused or say the same', async () => {
    const zip = writeZip([{ name: 'abc', data: 'data data data', mode: regular }]);
    for (let bit = 0; bit < 8 * zip.length; bit++) {
      const turned = Buffer.from(zip);
      turned[bit >> 3]! ^= 1 << (bit & 7);
      if ((await fault(turned)) === 'taken') expect(readZip(turned, limit).unpackedSize).toBe(14);
    }
  });
  test('that say they have millions of entries, before memory is taken', async () => {
    expect(await faultOf([{ name: 'a' }], { isWide: true, wideEntries: 4e9 })).toBe('hostile');
    expect(await faultOf([{ name: 'a' }], { isWide: true, wideEntries: packageLimits.entriesMax })).toBe(
      'damaged',
    );
  });
  test('with more folders than entries may be', async () => {
    const parts = Array.from({ length: 1600 }, (_, index) => ({ name: `${index}/${'a/'.repeat(100)}b` }));
    expect(await faultOf(parts)).toBe('hostile');
  });
});

describe('sizes', () => {
  test('what comes out has to be smaller than the limit', async () => {
    const zip = writeZip([
      { name: 'a', data: 'x'.repeat(60) },
      { name: 'b', data: 'x'.repeat(40) },
    ]);
    expect(await fault(zip, 100)).toBe('too-large');
    expect(await fault(zip, 101)).toBe('taken');
  });
  test('a size of 64 bits that overflows', async () => {
    const zip = writeZip([{ name: 'a', data: 'x', isWide: true }]);
    const at = zip.lastIndexOf(u64(1));
    zip.fill(0xff, at, at + 8);
    expect(['damaged', 'too-large']).toContain(await fault(zip));
  });
  test('a gigabyte that says so is refused before it is inflated', async () => {
    const zip = writeZip([{ name: 'a', packed: Buffer.alloc(10), size: 2 ** 30 }]);
    expect(await fault(zip)).toBe('too-large');
  });
});
