/**
 * Services are found, not listed: every folder under `services/` whose package exports `createService` is one. A new service needs
 * no edit here.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServiceFactory } from '@hypergate/kit';
import { ConfigError, systemCode } from '../errors.ts';

export interface FoundService {
  /** Folder name, and the name in HYPERGATE_SERVICES. */
  readonly name: string;
  readonly create: ServiceFactory;
}

export const servicesFolder = fileURLToPath(new URL('../../../services/', import.meta.url));

/**
 * The selected services in alphabetical order.
 * @param wanted names, or `['all']`
 * @param load imports a package by name; other packages are reached by name only
 * @throws ConfigError for a name that no service has
 */
export async function findServices(
  wanted: readonly string[],
  folder: string = servicesFolder,
  load: (packageName: string) => Promise<Readonly<Record<string, unknown>>> = (name) => import(name),
): Promise<FoundService[]> {
  const all: FoundService[] = [];
  for (const name of await folderNames(folder)) {
    const packageName = await readPackageName(join(folder, name));
    if (packageName === undefined) continue;
    const module = await load(packageName);
    if (typeof module.createService === 'function') {
      all.push({ name, create: module.createService as ServiceFactory });
    }
  }
  if (wanted.length === 1 && wanted[0] === 'all') return all;
  const known = all.map(({ name }) => name);
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new ConfigError(`HYPERGATE_SERVICES names ${unknown}, which is none of: ${known.join(', ')}`);
  }
  return all.filter(({ name }) => wanted.includes(name));
}

async function folderNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** Undefined for a folder without package.json or without an index.ts: not a package, or not yet a service. */
async function readPackageName(folder: string): Promise<string | undefined> {
  try {
    const manifest: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    const names = await readdir(folder);
    if (!names.includes('index.ts') || typeof manifest !== 'object' || manifest === null) return undefined;
    return 'name' in manifest && typeof manifest.name === 'string' ? manifest.name : undefined;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
