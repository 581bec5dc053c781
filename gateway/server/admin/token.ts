import { join } from 'node:path';
import type { RandomSource } from '@hypergate/kit';
import type { Credentials } from '../boot/credentials.ts';
import { readBounded, writeWhole } from '../boot/files.ts';
import type { Settings } from '../config/schema.ts';
import { StartError, translateSystemError } from '../errors.ts';
import { isLoopback } from '../listeners/addresses.ts';

/**
 * The admin API's token: the user's own; none on loopback with the default credentials; else 32 random bytes, made once and kept for the owner of the data directory
 * only. Clients on the machine read it there (`admin-token`).
 */
export async function loadAdminToken(
  settings: Settings,
  dataDir: string,
  random: RandomSource,
  credentials: Credentials['origin'],
): Promise<string | undefined> {
  if (settings.adminToken !== undefined) return settings.adminToken;
  // A proof holds what it is about. Where the default credentials open everything to programs of the machine, it adds nothing.
  if (isLoopback(settings.adminHost) && credentials === 'default') return undefined;
  return (await readAdminToken(dataDir)) ?? (await makeToken(dataDir, random));
}

/** The kept token, undefined when there is none. @throws StartError */
export async function readAdminToken(dataDir: string): Promise<string | undefined> {
  const path = join(dataDir, 'admin-token');
  try {
    const text = (await readBounded(path, 512))?.trim();
    if (text === undefined || /^[\x21-\x7e]{16,256}$/.test(text)) return text;
  } catch (error) {
    if (!(error instanceof RangeError))
      throw translateSystemError(error, `the admin token ${path} cannot be read`);
  }
  throw new StartError(`${path} is damaged: remove it to have a new token made`);
}

async function makeToken(dataDir: string, random: RandomSource): Promise<string> {
  const token = Buffer.from(random.bytes(32)).toString('base64url');
  const path = join(dataDir, 'admin-token');
  try {
    await writeWhole(path, `${token}\n`, 0o600);
  } catch (error) {
    throw translateSystemError(error, `the admin token ${path} cannot be kept`);
  }
  return token;
}
