/** The keystore of the data directory: opened with what the settings say, each failure one clear line. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RandomSource } from '@hypergate/kit';
import {
  type Keystore,
  KeystoreError,
  type KeystoreProtection,
  openKeystoreFile,
} from '@hypergate/node/crypto';
import type { Logger } from 'pino';
import { StartError, translateSystemError } from '../errors.ts';

export interface KeystoreOptions {
  readonly dataDir: string;
  readonly passphrase: string | undefined;
  /** Absolute path. */
  readonly keyFile: string | undefined;
  /** No data stands in the directory yet, so a new master secret makes nothing unreadable. */
  readonly create: boolean;
}

/** @throws StartError */
export async function openKeystore(
  options: KeystoreOptions,
  modules: { readonly random: RandomSource; readonly logger: Logger },
): Promise<Keystore> {
  const path = join(options.dataDir, 'keystore');
  const protection = await readProtection(options);
  try {
    const { keystore, exposed } = await openKeystoreFile(
      { path, protection, create: options.create },
      modules,
    );
    if (exposed) modules.logger.warn({ path }, 'others may read the keystore: run chmod 600 on it');
    return keystore;
  } catch (error) {
    if (error instanceof KeystoreError) {
      throw new StartError(`the keystore ${path} cannot be opened: ${advice(error)}`, 1, { cause: error });
    }
    throw translateSystemError(error, `the keystore ${path} cannot be opened`);
  }
}

/** How secrets on the disk are protected: by a passphrase, by a file's bytes, or by the rights of the file alone. @throws StartError */
export async function readProtection({
  passphrase,
  keyFile,
}: Pick<KeystoreOptions, 'passphrase' | 'keyFile'>): Promise<KeystoreProtection> {
  if (passphrase !== undefined) return { kind: 'passphrase', passphrase };
  if (keyFile === undefined) return { kind: 'plain' };
  try {
    return { kind: 'key-file', content: await readFile(keyFile) };
  } catch (error) {
    throw translateSystemError(error, `the key file ${keyFile} cannot be read`);
  }
}

function advice(error: KeystoreError): string {
  switch (error.code) {
    case 'missing':
      return 'it is missing, and without it the data cannot be read: put it back from a backup';
    case 'locked':
      return `${error.message} (HYPERGATE_KEYSTORE_PASSPHRASE, HYPERGATE_KEYSTORE_KEY_FILE)`;
    case 'wrong-secret':
      return 'the passphrase or key file is not the one it was made with';
    case 'newer':
      return 'a newer Hypergate made it: use that one';
    case 'exists':
    case 'format':
      return error.message;
  }
}
