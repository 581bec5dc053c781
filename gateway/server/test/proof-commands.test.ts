/** `hypergate prove`, `trust-root` and `verify` as their users call them. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { decodeDocument, documentBytesMax } from '@hypergate/table/verify';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createProgram } from '../cli/main.ts';
import { run } from './gateway-process.ts';
import { openProofWorld, type ProofWorld } from './proof-world.ts';
import { temporaryFolder } from './temporary.ts';

let world: ProofWorld;
let folder: string;
/** Without a data directory of its own: the address leads there. */
let where: string[];

beforeAll(async () => {
  world = await openProofWorld();
  await world.s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
  await world.s3.send(new PutObjectCommand({ Bucket: 'photos', Key: 'a b+c?.txt', Body: 'hello' }));
});
afterAll(() => world.close());
beforeEach(async () => {
  folder = await temporaryFolder();
  where = ['--admin-port', String(world.adminPort), '--data-dir', join(folder, 'data')];
});

test('prove prints the document and nothing else', async () => {
  const { code, out, error } = await run(['prove', 's3://photos/a b+c?.txt', '--with-delay', ...where]);
  expect([code, error]).toEqual([0, '']);
  const document = decodeDocument(out);
  expect(document.subject).toBe('s3://photos/a b+c%3F.txt');
  expect(world.prover.verifier.verify(document.proof, world.prover.trustRoot).frame.delayIterations).toBe(
    1000,
  );
});

test('prove writes a file that only its owner reads, beside the caller', async () => {
  const options = { cwd: folder };
  const { code, out, error } = await run(
    ['prove', 's3://photos/none', '--disclose-address-key', '--out', 'proof.json', ...where],
    options,
  );
  expect([code, out, error]).toEqual([0, '', '']);
  expect(decodeDocument(await readFile(join(folder, 'proof.json'), 'utf8')).absences).toHaveLength(1);
  expect((await stat(join(folder, 'proof.json'))).mode & 0o777).toBe(0o600);
});

test('what cannot be proven is one line and 1', async () => {
  const cases: [string[], RegExp][] = [
    [['s3://photos/none'], /the address key of s3\.objects.*; allow it with --disclose-address-key$/],
    [['s3://photos/a', '--version-id', 'x'], /x is no version id/],
    [['redis://0/key'], /there is no service redis \(known: s3:\/\/\)/],
    [['s3://photos/a b+c?.txt', '--out', join(folder, 'none', 'x')], /cannot be written: it does not exist/],
  ];
  const ended = await Promise.all(cases.map(([args]) => run(['prove', ...args, ...where])));
  for (const [index, [args, line]] of cases.entries()) {
    const { code, out, error } = ended[index]!;
    expect([code, out], args.join(' ')).toEqual([1, '']);
    expect(error.trimEnd(), args.join(' ')).toMatch(line);
    expect(error.trimEnd().split('\n'), args.join(' ')).toHaveLength(1);
  }
});

test('trust-root prints the hash alone, or all', async () => {
  const trustRoot = Buffer.from(world.prover.trustRoot).toString('hex');
  expect(await run(['trust-root', ...where])).toEqual({ code: 0, out: `${trustRoot}\n`, error: '' });
  const { out } = await run(['trust-root', '--json', ...where]);
  expect(JSON.parse(out)).toMatchObject({ trustRoot, network: 'plain network', discriminantBits: 2048 });
});

test('verify refuses a wrong call with 2, and what cannot be read with 1, without settings', async () => {
  const root = ['--trust-root', 'ab'.repeat(32)];
  const tooLarge = join(folder, 'large.json');
  await writeFile(tooLarge, Buffer.alloc(documentBytesMax + 1, 0x20));
  const cases: [string[], number, RegExp][] = [
    [['verify', 'proof.json'], 2, /--trust-root/],
    [['verify', 'proof.json', '--trust-root', 'abc'], 2, /the trust root has 64 hex digits/],
    [['verify', 'proof.json', ...root, '--data-dir', folder], 2, /unknown option/],
    [['verify', 'none.json', ...root], 1, /none\.json cannot be read: it does not exist/],
    [['verify', folder, ...root], 1, /cannot be read: it is a folder/],
    [['verify', tooLarge, ...root], 1, /^hypergate: proof refused: the document is too large$/m],
  ];
  // Settings that would not be accepted: this command has none.
  const env = { HYPERGATE_PORT: 'x', HYPERGATE_CONFIG: join(folder, 'none.yaml') };
  const ended = await Promise.all(cases.map(([args]) => run(args, { env })));
  for (const [index, [args, code, line]] of cases.entries()) {
    expect(ended[index]!.error, args.join(' ')).toMatch(line);
    expect(ended[index]!.error.trimEnd().split('\n'), args.join(' ')).toHaveLength(1);
    expect([ended[index]!.code, ended[index]!.out], args.join(' ')).toEqual([code, '']);
  }
});

test('the help says what a proof gives away', () => {
  const prove = createProgram().commands.find((command) => command.name() === 'prove')!;
  let help = '';
  prove.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  const words = help.replace(/\s+/g, ' ');
  expect(words).toContain('This gives away address keys');
  expect(words).toContain('which keys the bucket has had at any frame');
});
