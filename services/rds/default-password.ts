/**
 * Password of the default instance's user `postgres`: the setting's; where only this machine gets to it, the one that everybody knows;
 * else one that is made once and kept in the data directory for its owner.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RandomSource, ServiceSettings } from '@hypergate/kit';

export interface DefaultPassword {
  readonly password: string;
  /** Whether it may be shown: everybody knows it. */
  readonly isKnown: boolean;
  /** Where it stands, if it was generated. */
  readonly path?: string;
}

const fileName = 'rds-password';
const randomBytes = 18;

export async function defaultPassword(
  settings: ServiceSettings,
  random: RandomSource,
): Promise<DefaultPassword> {
  const own = settings.own?.password;
  if (typeof own === 'string') return { password: own, isKnown: false };
  if (settings.isLoopback === true) return { password: 'postgres', isKnown: true };
  const path = join(settings.dataDir, fileName);
  const found = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found !== undefined) return { password: found.trim(), isKnown: false, path };
  const password = Buffer.from(random.bytes(randomBytes)).toString('base64url');
  await writeFile(`${path}.new`, `${password}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
  return { password, isKnown: false, path };
}
