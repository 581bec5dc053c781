import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type CheckedDocument, compareFile, type FileSource } from '../index.ts';

const bytes = Uint8Array.from({ length: 70_000 }, (_, at) => at * 7);
const content: CheckedDocument['content'] = [
  { kind: 'inline', plain: bytes.subarray(0, 50_000) },
  { kind: 'inline', plain: bytes.subarray(50_000) },
];

function partsOf(whole: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(whole.length / size) }, (_, at) =>
    whole.subarray(at * size, (at + 1) * size),
  );
}

async function* slowly(whole: Uint8Array): AsyncGenerator<Uint8Array> {
  for (const part of partsOf(whole, 9_999)) {
    await turn();
    yield part;
  }
}

const forms: readonly [name: string, (whole: Uint8Array) => FileSource][] = [
  ['a file', (whole) => new File([Uint8Array.from(whole)], 'name')],
  ['a blob of several', (whole) => new Blob(partsOf(whole, 30_000).map((part) => Uint8Array.from(part)))],
  ['a stream', (whole) => ReadableStream.from(slowly(whole))],
  ['a body of an answer', (whole) => new Response(Uint8Array.from(whole)).body!],
  ['bytes', (whole) => whole],
  ['a list of bytes', (whole) => partsOf(whole, 12_345)],
  ['a generator', slowly],
];

test.each(forms)('%s is compared', async (_name, form) => {
  expect(await compareFile(content, form(bytes))).toEqual({ same: true, bytes: 70_000 });
  const changed = bytes.slice();
  changed[60_000]! ^= 0x10;
  const reason = 'is not the object: chunk 1: the file has another content';
  expect(await compareFile(content, form(changed))).toEqual({ same: false, reason });
  expect((await compareFile(content, form(bytes.subarray(1)))).same).toBe(false);
  expect((await compareFile(content, form(new Uint8Array(70_001)))).same).toBe(false);
  const longer = Uint8Array.of(...bytes, 0);
  expect(await compareFile(content, form(longer))).toEqual({
    same: false,
    reason: 'is not the object: the file is longer than the data',
  });
});

test('a stream is read no further than its first difference, and then released', async () => {
  let given = 0;
  let released = false;
  const endless = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        given += 1;
        controller.enqueue(new Uint8Array(1000));
      },
      cancel() {
        released = true;
      },
    },
    { highWaterMark: 0 },
  );
  expect((await compareFile(content, endless)).same).toBe(false);
  expect([given <= 50, released]).toEqual([true, true]);
});

test('a file that cannot be read is the error of whoever reads it', async () => {
  const broken = new Error('the disk is gone');
  const stream = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(broken) });
  await expect(compareFile(content, stream)).rejects.toBe(broken);
});

test('without content, or with chunks of an older format, nothing can be compared', async () => {
  const cannot = { same: false, reason: expect.stringContaining('cannot be compared') };
  expect(await compareFile(undefined, bytes)).toEqual(cannot);
  expect(await compareFile([...content, { kind: 'opaque', chunk: undefined }], bytes)).toEqual(cannot);
  expect(await compareFile([], new Uint8Array(0))).toEqual({ same: true, bytes: 0 });
});
