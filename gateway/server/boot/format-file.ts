/**
 * `FORMAT` names the layout of the data directory: one line, `hypergate-data N`. Written first into a new directory, read
 * before anything else of an old one. Every released layout opens: as it is, or through the steps of `migrations`.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError, translateSystemError } from '../errors.ts';
import { serverLimits } from '../limits.ts';
import { readBounded, writeWhole } from './files.ts';

/** Layout written by this version. Raised with a migration whenever an older program could misread what a newer one wrote. */
export const dataFormat = 1;

/** Step from layout N (the key) to N + 1. A step must be safe to run again after a crash in its middle. */
export type Migrations = ReadonlyMap<number, (dataDir: string) => Promise<void>>;

export const migrations: Migrations = new Map();

/** Names that may stand in a directory that has no FORMAT yet: what a crash during the very first start leaves. */
const early = new Set(['lock', 'process.json', 'process.json.new', 'FORMAT.new', '.DS_Store', 'lost+found']);

export interface FormatOptions {
  readonly current: number;
  readonly migrations: Migrations;
}

/**
 * Under the lock. Returns the layout that was found, undefined in a new directory.
 * @throws StartError for a newer or unknown layout, and for a folder with other people's files
 */
export async function openFormat(
  dataDir: string,
  options: FormatOptions = { current: dataFormat, migrations },
): Promise<number | undefined> {
  try {
    const path = join(dataDir, 'FORMAT');
    const text = await readBounded(path, serverLimits.formatFileBytesMax);
    if (text === undefined) {
      await refuseForeignFolder(dataDir);
      await writeFormat(path, options.current);
      return undefined;
    }
    const found = parseFormat(text, path);
    if (found > options.current) {
      throw new StartError(
        `the data directory ${dataDir} has format ${found} and this version reads up to ${options.current}: use a newer Hypergate`,
      );
    }
    await migrate(dataDir, path, found, options);
    return found;
  } catch (error) {
    if (error instanceof RangeError)
      throw new StartError(`${dataDir}/FORMAT is damaged: it is too long`, 1, { cause: error });
    throw translateSystemError(error, `the data directory ${dataDir} cannot be used`);
  }
}

async function migrate(dataDir: string, path: string, found: number, options: FormatOptions): Promise<void> {
  for (let at = found; at < options.current; at += 1) {
    const step = options.migrations.get(at);
    if (step === undefined)
      throw new StartError(`the data directory ${dataDir} has format ${at}, which was never released`);
    await step(dataDir);
    // After each step, so that a crash repeats one step and not the whole way.
    await writeFormat(path, at + 1);
  }
}

function parseFormat(text: string, path: string): number {
  const match = /^hypergate-data ([1-9]\d{0,8})\n$/.exec(text);
  if (match === null)
    throw new StartError(`${path} is damaged: it should read "hypergate-data ${dataFormat}"`);
  return Number(match[1]);
}

async function refuseForeignFolder(dataDir: string): Promise<void> {
  const foreign = (await readdir(dataDir)).find((name) => !early.has(name));
  if (foreign !== undefined) {
    throw new StartError(
      `${dataDir} is not a data directory (it holds ${JSON.stringify(foreign)} and no FORMAT file): choose an empty or new folder`,
    );
  }
}

async function writeFormat(path: string, format: number): Promise<void> {
  await writeWhole(path, `hypergate-data ${format}\n`);
}
