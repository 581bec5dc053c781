/** Replaces a custodian of a stopped gateway, under the lock of its data directory. */
import { resolve } from 'node:path';
import { prepareDataDir } from './boot/data-dir.ts';
import { openFormat } from './boot/format-file.ts';
import { readProtection } from './boot/keystore.ts';
import { lockDataDir } from './boot/lock.ts';
import { type Replaced, replaceCustodian } from './custodian/replace.ts';
import type { GatewayOptions } from './main.ts';

/** @throws StartError also while a gateway holds the data directory */
export async function replaceOffline(
  index: number,
  force: boolean,
  { settings, folder }: GatewayOptions,
): Promise<Replaced> {
  const { values } = settings;
  const dataDir = resolve(folder, values.dataDir);
  await prepareDataDir(dataDir);
  const lock = await lockDataDir(dataDir);
  try {
    await openFormat(dataDir);
    const keyFile =
      values.keystoreKeyFile === undefined ? undefined : resolve(folder, values.keystoreKeyFile);
    const protection = await readProtection({ passphrase: values.keystorePassphrase, keyFile });
    return await replaceCustodian({ dataDir, index, force, protection });
  } finally {
    lock.release();
  }
}
