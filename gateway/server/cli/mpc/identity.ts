/** `hypergate mpc identity FILE`: the secret key of a party, made once. Only its public key is printed. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { type Identity, identityFromSeed } from '@hypergate/node/jobs/mpc/session';
import { StartError, systemCode, translateSystemError } from '../../errors.ts';
import { pathOf, readFileBounded } from './files.ts';

const prefix = 'hypergate-party-identity-v1 ';
const seedBytes = 32;

export async function runIdentity(path: string): Promise<void> {
  const identity = (await create(path)) ?? (await loadIdentity(path));
  process.stdout.write(`${Buffer.from(identity.publicKey).toString('hex')}\n`);
}

/** @returns undefined when the file is there already */
async function create(path: string): Promise<Identity | undefined> {
  const { O_WRONLY, O_CREAT, O_EXCL } = constants;
  try {
    const file = await open(pathOf(path), O_WRONLY | O_CREAT | O_EXCL, 0o600);
    try {
      const seed = randomBytes(seedBytes);
      await file.writeFile(`${prefix}${seed.toString('hex')}\n`);
      await file.sync();
      return identityFromSeed(seed);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return undefined;
    throw translateSystemError(error, `${path} cannot be written`);
  }
}

/** @throws StartError also when others may read it */
export async function loadIdentity(path: string): Promise<Identity> {
  const text = (await readFileBounded(path, 256)).toString('latin1');
  const [, hex] = new RegExp(`^${prefix}([0-9a-f]{${2 * seedBytes}})\n?$`).exec(text) ?? [];
  if (hex === undefined)
    throw new StartError(`${path} is no identity: make one with hypergate mpc identity`, 2);
  if (process.platform !== 'win32' && path !== '-' && ((await stat(pathOf(path))).mode & 0o077) !== 0) {
    throw new StartError(`${path} can be read by other users: chmod 600 it`, 2);
  }
  return identityFromSeed(Buffer.from(hex, 'hex'));
}
