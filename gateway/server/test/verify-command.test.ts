import { createHash, randomBytes } from 'node:crypto';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { type PlainItem, PlainProver } from '@hypergate/node/sim';
import { decodeDocument, documentBytesMax, encodeDocument } from '@hypergate/table/verify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { printable } from '../cli/printable.ts';
import { runVerify, type VerifyModules, type VerifyOptions } from '../cli/verify.ts';
import { ConfigError, StartError } from '../errors.ts';
import { openProofWorld, type ProofWorld } from './proof-world.ts';

let world: ProofWorld;
let text: string;
const Bucket = 'photos';
const body = Buffer.from('hello');
const large = randomBytes(1024 * 1024);

beforeAll(async () => {
  world = await openProofWorld();
  await world.s3.send(new CreateBucketCommand({ Bucket }));
  const put = (Key: string, Body: Uint8Array) => world.s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  await put('cat.jpg', body);
  await put('large', large);
  await put('\u001b]0;title\u0007\u202e\u2028name', body);
  text = await world.prove('s3://photos/cat.jpg', false, true);
});
afterAll(() => world.close());

interface Run {
  readonly out: string;
  readonly error: string | undefined;
  readonly code: number;
}

/** @param files by their path; `-` is the standard input */
async function verify(
  files: Readonly<Record<string, string | Uint8Array>>,
  options: Partial<VerifyOptions> = {},
  modules: Partial<VerifyModules> = {},
): Promise<Run> {
  let out = '';
  const trustRoot = Buffer.from(world.prover.trustRoot).toString('hex');
  const own: VerifyModules = {
    verifier: async () => world.prover.verifier,
    async *open(path) {
      const file = files[path];
      if (file === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      const bytes = Buffer.from(file);
      for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
    },
    print: (piece) => {
      out += piece;
    },
    ...modules,
  };
  const [path] = Object.keys(files);
  try {
    await runVerify(path ?? 'missing', { trustRoot, content: undefined, json: false, ...options }, own);
    return { out, error: undefined, code: 0 };
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return { out, error: error.message, code: error.exitCode };
  }
}

describe('a document that holds', () => {
  test('is told line by line', async () => {
    const { out, code } = await verify({ 'proof.json': text });
    expect(code).toBe(0);
    const lines = out.split('\n');
    expect(lines[0]).toBe('"cat.jpg" in the bucket "photos" has this content');
    expect(lines).toContain('bytes: 5');
    expect(lines).toContain(`sha256: ${createHash('sha256').update(body).digest('hex')}`);
    expect(lines).toContain(`frame: ${decodeDocument(text).frame}`);
    expect(lines).toContain('time: 2026-01-02T03:04:05.678Z');
    expect(lines).toContain('network: plain network');
    expect(lines).toContain('signed by: 1 of 1 frame keys');
    expect(lines).toContain('names: not bound: the word of the gateway');
    expect(lines).toContain('delay: checked, 1000 iterations');
    expect(out).toMatch(/^header: [0-9a-f]{64}$/m);
    expect(out).not.toContain('test network');
  });

  test('is told as one object', async () => {
    const { out, code } = await verify({ 'proof.json': text }, { json: true });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      verified: true,
      subject: 's3://photos/cat.jpg',
      statement: '"cat.jpg" in the bucket "photos" has this content',
      facts: expect.arrayContaining([{ name: 'bytes', value: '5' }]),
      namesBound: false,
      frame: { time: '2026-01-02T03:04:05.678Z', delayIterations: 1000, testNetwork: false },
    });
  });

  test('may come through the standard input, and its root in capitals', async () => {
    const trustRoot = Buffer.from(world.prover.trustRoot).toString('hex').toUpperCase();
    expect((await verify({ '-': text }, { trustRoot })).code).toBe(0);
  });

  test('without delay output, and of a test network, says so', async () => {
    const plain = await verify({ 'proof.json': await world.prove('s3://photos/cat.jpg') });
    expect(plain.out).toContain('delay: not in the proof\n');
    const small = new PlainProver({ discriminantBits: 512 });
    const document = decodeDocument(text);
    const { items } = world.prover.verifier.verify(document.proof, world.prover.trustRoot);
    const proof = small.give(items.map(({ shard: _shard, ...item }) => item as PlainItem));
    const trustRoot = Buffer.from(small.trustRoot).toString('hex');
    const made = encodeDocument({ ...document, frame: 0, proof });
    const shown = await verify(
      { 'proof.json': made },
      { trustRoot },
      { verifier: async () => small.verifier },
    );
    expect(shown.out).toContain('discriminant: 512 bits (test network)\n');
  });

  test('of an absence has no content to compare', async () => {
    const absence = await world.prove('s3://photos/none', true);
    const { out, code } = await verify({ 'proof.json': absence });
    expect([code, out.split('\n')[0]]).toEqual([0, 'there is no object "none" in the bucket "photos"']);
    const compared = await verify({ 'proof.json': absence, file: '' }, { content: 'file' });
    expect(compared).toMatchObject({ code: 1, error: expect.stringContaining('file cannot be compared') });
  });

  test('cannot command the terminal', async () => {
    const named = await world.prove('s3://photos/\u001b]0;title\u0007\u202e\u2028name');
    for (const json of [false, true]) {
      const { out, code } = await verify({ 'proof.json': named }, { json });
      expect(code).toBe(0);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
      expect(out).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]/);
      if (json) expect(JSON.parse(out).statement).toContain('\\u001b]0;title\\u0007\u202e\u2028name');
    }
  });
});

describe('a file', () => {
  test.each([
    ['cat.jpg', body],
    ['large', large],
  ])('that is %s is exactly the object, and no other is', async (key, content) => {
    const proof = await world.prove(`s3://photos/${key}`);
    const run = (file: Uint8Array, json = false) => verify({ proof, file }, { content: 'file', json });
    const same = await run(content);
    expect([same.code, same.out]).toEqual([
      0,
      expect.stringContaining(`is exactly this object, ${content.length} bytes`),
    ]);
    expect(JSON.parse((await run(content, true)).out).file).toEqual({ same: true, bytes: content.length });
    const changed = Buffer.from(content);
    changed[content.length - 1]! ^= 1;
    for (const other of [
      changed,
      content.subarray(1),
      Buffer.concat([content, Buffer.alloc(1)]),
      Buffer.alloc(0),
    ]) {
      const { code, error, out } = await run(other);
      expect([code, error]).toEqual([1, expect.stringMatching(/^file is not the object: /)]);
      expect(out).toContain('has this content');
      expect(out).not.toContain('exactly');
      expect(JSON.parse((await run(other, true)).out).file.same).toBe(false);
    }
  });

  test('from the standard input, or that is not there', async () => {
    expect((await verify({ proof: text, '-': body }, { content: '-' })).code).toBe(0);
    const missing = await verify({ proof: text }, { content: 'none' });
    expect(missing).toMatchObject({ code: 1, error: expect.stringContaining('none cannot be read') });
  });
});

describe('a document that does not hold is refused with the reason', () => {
  const refused = async (document: string | Uint8Array, options: Partial<VerifyOptions> = {}) => {
    const { code, error, out } = await verify({ proof: document }, options);
    expect([code, out]).toEqual([1, '']);
    expect(error).toMatch(/^proof refused: [^\n]+$/);
    return error!;
  };

  test('another trust root, another key, another text', async () => {
    expect(await refused(text, { trustRoot: '00'.repeat(32) })).toContain('another network');
    expect(await refused(text.replace('cat.jpg', 'dog.jpg'))).toContain('the object is not proven');
    expect(await refused(`${text} `)).toContain('canonical');
    expect(await refused('')).toContain('not JSON');
    expect(await refused(Buffer.of(0xff))).toContain('not a text');
  });

  test('as one object too', async () => {
    const { code, error, out } = await verify({ proof: '{}' }, { json: true });
    expect(code).toBe(1);
    expect(`proof refused: ${JSON.parse(out).reason}`).toBe(error);
    expect(JSON.parse(out).verified).toBe(false);
  });

  test('too large, before it is read whole', async () => {
    let read = 0;
    const open = async function* () {
      for (;;) {
        read += 1;
        yield Buffer.alloc(1024 * 1024);
      }
    };
    const { code, error } = await verify({ proof: '' }, {}, { open });
    expect([code, error]).toEqual([1, 'proof refused: the document is too large']);
    expect(read * 1024 * 1024).toBeLessThanOrEqual(documentBytesMax + 1024 * 1024);
  });

  test('of a service that is not known, whatever it is called', async () => {
    const document = decodeDocument(text);
    for (const subject of [
      'dynamodb://0/key',
      'table://x',
      'sts://x',
      '../s3://x',
      'constructor://x',
      'photos/cat.jpg',
      's3',
    ]) {
      expect(await refused(encodeDocument({ ...document, subject }))).toContain('cannot verify');
    }
  });
});

test('a wrong call is one, whatever the document', async () => {
  for (const trustRoot of [
    '',
    'ab',
    'g'.repeat(64),
    'ab'.repeat(33),
    `0x${'ab'.repeat(31)}`,
    ` ${'ab'.repeat(32)}`,
  ]) {
    expect(await verify({ proof: text }, { trustRoot })).toMatchObject({ code: 2, out: '' });
  }
  expect(await verify({ '-': text }, { content: '-' })).toMatchObject({ code: 2, out: '' });
  expect(new ConfigError('').exitCode).toBe(2);
});

test('a document that cannot be read is told', async () => {
  expect(await verify({})).toMatchObject({
    code: 1,
    error: 'missing cannot be read: it does not exist (ENOENT)',
  });
});

test('what a terminal would obey or hide is shown by its number', () => {
  expect(printable('plain ä \u{1f408} "x"')).toBe('plain ä \u{1f408} "x"');
  expect(printable('\u001b[2J\r\n\t\u0085\u009b\u202e\u2066\ufeff\u2028\ud800')).toBe(
    '\\u{1b}[2J\\u{d}\\u{a}\\u{9}\\u{85}\\u{9b}\\u{202e}\\u{2066}\\u{feff}\\u{2028}\\u{d800}',
  );
});
