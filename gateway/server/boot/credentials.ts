/**
 * Which accounts exist at start. Own credentials replace the default ones, so that nobody who set a secret keeps a door that
 * everyone knows:
 *   1. accountsFile, and accessKeyId + secretAccessKey for the root account, both or either;
 *   2. else, listening on loopback only: test / test;
 *   3. else, in a container: generated once and kept in the data directory for its owner only;
 *   4. else the gateway refuses to start.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Account, RandomSource } from '@hypergate/kit';
import { z } from 'zod';
import type { Settings } from '../config/schema.ts';
import { ConfigError, StartError, translateSystemError } from '../errors.ts';
import { serverLimits } from '../limits.ts';
import { isLoopback } from '../listeners/addresses.ts';
import { readBounded, writeWhole } from './files.ts';

export interface Credentials {
  /** The first is the root account that the banner prints. */
  readonly accounts: readonly [Account, ...Account[]];
  readonly origin: 'own' | 'default' | 'generated';
}

const account = z.strictObject({
  accountId: z.string().regex(/^\d{12}$/, 'must be 12 digits'),
  userId: z.string().min(1).max(128),
  displayName: z.string().min(1).max(256),
  email: z.string().max(320),
  accessKeyId: z
    .string()
    .regex(/^[\w./+=@-]{1,128}$/, 'must be 1 to 128 characters of A-Z a-z 0-9 _ . / + = @ -'),
  secretAccessKey: z.string().regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 printable characters'),
});
const accountList = z.array(account).min(1, 'must hold at least one account').max(serverLimits.accountsMax);
const generatedFile = z.strictObject({ accessKeyId: z.string(), secretAccessKey: z.string() });

export async function loadCredentials(
  settings: Settings,
  folder: { readonly accountsFile: string | undefined; readonly dataDir: string },
  random: RandomSource,
): Promise<Credentials> {
  const own: Account[] = [];
  if (settings.accessKeyId !== undefined && settings.secretAccessKey !== undefined) {
    own.push(rootAccount(settings.accountId, settings.accessKeyId, settings.secretAccessKey));
  }
  if (folder.accountsFile !== undefined) own.push(...(await readAccounts(folder.accountsFile)));
  refuseRepeats(own);
  const [first, ...rest] = own;
  if (first !== undefined) return { accounts: [first, ...rest], origin: 'own' };
  if (isLoopback(settings.host)) {
    return { accounts: [rootAccount(settings.accountId, 'test', 'test')], origin: 'default' };
  }
  if (settings.container) return await generatedCredentials(settings, folder.dataDir, random);
  throw new ConfigError(
    `listening on ${settings.host} with the credentials everyone knows would give your data away: set ` +
      'HYPERGATE_ACCESS_KEY_ID and HYPERGATE_SECRET_ACCESS_KEY, or HYPERGATE_ACCOUNTS_FILE, or listen on 127.0.0.1',
  );
}

/** The user id has the form of S3's canonical ids, 64 hex digits, and stays the same for an account. */
export function rootAccount(accountId: string, accessKeyId: string, secretAccessKey: string): Account {
  const userId = createHash('sha256').update(`hypergate/canonical-user/v1/${accountId}`).digest('hex');
  return { accountId, userId, displayName: 'root', email: 'root@localhost', accessKeyId, secretAccessKey };
}

async function readAccounts(path: string): Promise<Account[]> {
  let text: string | undefined;
  try {
    text = await readBounded(path, serverLimits.accountsFileBytesMax);
  } catch (error) {
    if (error instanceof RangeError)
      throw new ConfigError(`the accounts file ${error.message}`, { cause: error });
    throw translateSystemError(error, `the accounts file ${path} cannot be read`);
  }
  if (text === undefined) throw new ConfigError(`the accounts file ${path} does not exist`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    // The parser's message quotes the text around the fault, which may be a secret.
    throw new ConfigError(`the accounts file ${path} is not JSON`, { cause: error });
  }
  const parsed = accountList.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const where = issue.path
      .map((part) => (typeof part === 'number' ? `account ${part + 1}` : String(part)))
      .join(', ');
    throw new ConfigError(`the accounts file ${path}: ${where === '' ? '' : `${where}: `}${issue.message}`);
  }
  return parsed.data;
}

function refuseRepeats(accounts: readonly Account[]): void {
  const seen = new Set<string>();
  for (const { accessKeyId } of accounts) {
    if (seen.has(accessKeyId)) throw new ConfigError(`the access key ${accessKeyId} is given twice`);
    seen.add(accessKeyId);
  }
}

/** A crash before the file is whole leaves none, and the next start makes another: nobody has seen the first. */
async function generatedCredentials(
  settings: Settings,
  dataDir: string,
  random: RandomSource,
): Promise<Credentials> {
  const path = join(dataDir, 'credentials.json');
  try {
    let text = await readBounded(path, 4096);
    if (text === undefined) {
      text = `${JSON.stringify(generate(random), null, 2)}\n`;
      await writeWhole(path, text, 0o600);
    }
    const parsed = generatedFile.parse(JSON.parse(text));
    const root = rootAccount(settings.accountId, parsed.accessKeyId, parsed.secretAccessKey);
    return { accounts: [root], origin: 'generated' };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError || error instanceof RangeError) {
      throw new StartError(`${path} is damaged: remove it to have new credentials made`, 1, { cause: error });
    }
    throw translateSystemError(error, `the credentials ${path} cannot be kept`);
  }
}

/** 20 characters of base 32 and 40 of base64url: 100 and 240 random bits in the forms AWS uses. */
function generate(random: RandomSource): { accessKeyId: string; secretAccessKey: string } {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const accessKeyId = Array.from(random.bytes(20), (byte) => letters[byte % 32]).join('');
  return { accessKeyId, secretAccessKey: Buffer.from(random.bytes(30)).toString('base64url') };
}
