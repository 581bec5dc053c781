/**
 * The keystore on the disk. Created once, never rewritten: write a temporary file (0600), sync it, link it to its name
 * (fails when the name exists, so two processes cannot replace each other's keys; a file system without links is
 * given a rename), sync the folder. A crash before the link leaves no keystore; after it, a whole one.
 */
import { constants } from 'node:fs';
import { link, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KeystoreError } from './errors.ts';
import { createKeystore, type Keystore, masterSecretBytes } from './keystore.ts';
import { decodeKeystore, encodeKeystore, type KeystoreProtection } from './keystore-format.ts';
import { cryptoLimits } from './limits.ts';
import type { RandomSource } from './random.ts';

export interface OpenedKeystore {
  readonly keystore: Keystore;
  readonly created: boolean;
  /** Others than the owner may read the file: worth a warning. */
  readonly exposed: boolean;
}

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT';

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const withoutLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** @throws KeystoreError `exists` */
async function publish(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'EEXIST')
      throw new KeystoreError('exists', 'the keystore file exists already', { cause: error });
    if (!withoutLinks.has(code)) throw error;
    await rename(temporary, path);
    return;
  }
  await unlink(temporary);
}

async function writeNew(path: string, text: string, random: RandomSource): Promise<void> {
  const temporary = `${path}.${Buffer.from(random.bytes(8)).toString('hex')}.new`;
  const handle = await open(temporary, 'wx', 0o600);
  try {
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await publish(temporary, path);
  } catch (error) {
    await unlink(temporary);
    throw error;
  }
  await syncFolder(dirname(path));
}

async function readText(path: string): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    if (size > cryptoLimits.keystoreFileBytesMax)
      throw new KeystoreError('format', 'the keystore file is damaged');
    const handle = await open(path, 'r');
    try {
      return await handle.readFile('latin1');
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * Opens the keystore, or creates one with a new master secret when there is none and `create` says so. Whoever creates
 * one beside data that an older keystore encrypted makes that data unreadable: `create` is for a new data directory.
 * @throws KeystoreError `missing`, `exists`, `format`, `newer`, `locked`, `wrong-secret`
 */
export async function openKeystoreFile(
  options: { readonly path: string; readonly protection: KeystoreProtection; readonly create: boolean },
  modules: { readonly random: RandomSource },
): Promise<OpenedKeystore> {
  const { path, protection, create } = options;
  const text = await readText(path);
  if (text !== undefined) {
    const master = await decodeKeystore(text, protection);
    const exposed = ((await stat(path)).mode & 0o077) !== 0;
    return { keystore: createKeystore(master), created: false, exposed };
  }
  if (!create) throw new KeystoreError('missing', 'the keystore file is missing');
  const master = Buffer.from(modules.random.bytes(masterSecretBytes));
  await writeNew(path, await encodeKeystore(master, protection, modules.random), modules.random);
  return { keystore: createKeystore(master), created: true, exposed: false };
}
