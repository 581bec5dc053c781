import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createPooledRandom,
  decodeKeystore,
  encodeKeystore,
  type KeystoreError,
  type KeystoreProtection,
  openKeystoreFile,
} from '../index.ts';
import { countingRandom } from './counting-random.ts';

const cost = { cost: 1024, blockSize: 8, parallelization: 1 };
const plain: KeystoreProtection = { kind: 'plain' };
const passphrase: KeystoreProtection = { kind: 'passphrase', passphrase: 'correct horse', cost };
const keyFile: KeystoreProtection = { kind: 'key-file', content: Buffer.alloc(48, 9) };
const random = createPooledRandom();

const code = async (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: KeystoreError) => error.code,
  );

describe('the keystore format', () => {
  const master = Buffer.alloc(32, 0xab);

  it.each([plain, passphrase, keyFile])(
    '$kind: opens to the master secret and keeps its golden bytes',
    async (protection) => {
      const text = await encodeKeystore(master, protection, countingRandom(protection.kind));
      expect(text).toMatchSnapshot();
      expect(await decodeKeystore(text, protection)).toEqual(master);
      expect(text).not.toContain(master.toString('hex'));
    },
  );

  it.each([plain, passphrase, keyFile])('$kind: refuses every changed character', async (protection) => {
    const text = await encodeKeystore(master, protection, random);
    for (let at = 0; at < text.length - 1; at += 1) {
      const other = text[at] === '1' ? '2' : '1';
      const changed = text.slice(0, at) + other + text.slice(at + 1);
      const result = await code(decodeKeystore(changed, protection));
      expect(['format', 'newer', 'locked', 'wrong-secret'], `${at}: ${changed}`).toContain(result);
    }
  });

  it('gives one clear error for a wrong passphrase or key file', async () => {
    const byPassphrase = await encodeKeystore(master, passphrase, random);
    const wrong: KeystoreProtection = { kind: 'passphrase', passphrase: 'battery staple' };
    await expect(decodeKeystore(byPassphrase, wrong)).rejects.toMatchObject({
      code: 'wrong-secret',
      message: 'wrong passphrase, or the keystore file is damaged',
    });
    const byFile = await encodeKeystore(master, keyFile, random);
    expect(await code(decodeKeystore(byFile, { kind: 'key-file', content: Buffer.alloc(48, 8) }))).toBe(
      'wrong-secret',
    );
  });

  it('says what is missing when the protection is another', async () => {
    expect(await code(decodeKeystore(await encodeKeystore(master, passphrase, random), plain))).toBe(
      'locked',
    );
    expect(await code(decodeKeystore(await encodeKeystore(master, plain, random), passphrase))).toBe(
      'locked',
    );
  });

  it('refuses a newer version, other files and costs that would exhaust memory', async () => {
    const text = await encodeKeystore(master, passphrase, random);
    expect(await code(decodeKeystore(text.replace('"version":1', '"version":2'), passphrase))).toBe('newer');
    for (const other of ['', '{}', 'null', '[]', '"x"', '\0\0\0'])
      expect(await code(decodeKeystore(other, plain))).toBe('format');
    expect(await code(decodeKeystore(text.replace('"cost":1024', '"cost":4294967296'), passphrase))).toBe(
      'format',
    );
    expect(await code(decodeKeystore(text.replace('"blockSize":8', '"blockSize":4096'), passphrase))).toBe(
      'format',
    );
  });

  it('refuses empty passphrases and short key files', async () => {
    expect(await code(encodeKeystore(master, { kind: 'passphrase', passphrase: '' }, random))).toBe('format');
    expect(await code(encodeKeystore(master, { kind: 'key-file', content: Buffer.alloc(31) }, random))).toBe(
      'format',
    );
  });
});

describe('the keystore file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'keystore-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const options = (create: boolean, protection = plain) => ({
    path: join(folder, 'keystore'),
    protection,
    create,
  });

  it('is created for its owner alone and opens again with the same keys', async () => {
    const first = await openKeystoreFile(options(true), { random });
    expect(first.created).toBe(true);
    expect(statSync(join(folder, 'keystore')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['keystore']);
    const second = await openKeystoreFile(options(true), { random });
    expect(second.created).toBe(false);
    expect(second.exposed).toBe(false);
    expect(second.keystore.nodeSeed()).toEqual(first.keystore.nodeSeed());
  });

  it('is not created unless asked for', async () => {
    expect(await code(openKeystoreFile(options(false), { random }))).toBe('missing');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is never replaced, neither when damaged nor by a process that creates at the same time', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, () => openKeystoreFile(options(true), { random })),
    );
    const opened = results.filter((result) => result.status === 'fulfilled').map((result) => result.value);
    const seeds = new Set(opened.map(({ keystore }) => keystore.nodeSeed().toString('hex')));
    expect(seeds.size).toBe(1);
    expect(opened.filter(({ created }) => created).length).toBe(1);
    expect(readdirSync(folder)).toEqual(['keystore']);
    writeFileSync(join(folder, 'keystore'), 'damaged');
    expect(await code(openKeystoreFile(options(true), { random }))).toBe('format');
    expect(readFileSync(join(folder, 'keystore'), 'utf8')).toBe('damaged');
  });

  it('reports that others may read it', async () => {
    await openKeystoreFile(options(true), { random });
    chmodSync(join(folder, 'keystore'), 0o644);
    expect((await openKeystoreFile(options(false), { random })).exposed).toBe(true);
  });
});
