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

type Load = (packageName: string) => Promise<Readonly<Record<string, unknown>>>;

/** What was asked for, as far as names can tell. */
export interface ListedServices {
  /** Names, or `['all']`. */
  readonly wanted: readonly string[];
  readonly packages: readonly ServicePackage[];
  /** Also those that were not asked for. */
  readonly all: readonly ServicePackage[];
}

interface ServicePackage {
  readonly name: string;
  readonly packageName: string;
}

/**
 * Looks without loading.
 * @throws ConfigError for a name that no service has
 */
export async function listServices(
  wanted: readonly string[],
  folder: string = servicesFolder,
  load: Load = importPackage,
): Promise<ListedServices> {
  const all: ServicePackage[] = [];
  for (const name of await folderNames(folder)) {
    const packageName = await readPackageName(join(folder, name));
    if (packageName !== undefined) all.push({ name, packageName });
  }
  if (isAll(wanted)) return { wanted, packages: all, all };
  const unknown = wanted.find((wish) => !all.some(({ name }) => name === wish));
  // Which there are is known when all are loaded.
  if (unknown !== undefined) throw refusal(unknown, await loaded(all, load));
  return { wanted, packages: all.filter(({ name }) => wanted.includes(name)), all };
}

/**
 * In alphabetical order.
 * @param load imports a package by name; other packages are reached by name only
 * @throws ConfigError for a name that no service has
 */
export async function loadServices(
  { wanted, packages, all }: ListedServices,
  load: Load = importPackage,
): Promise<FoundService[]> {
  const found = await loaded(packages, load);
  const missing = packages.find(({ name }) => !found.some((service) => service.name === name));
  if (missing !== undefined && !isAll(wanted)) throw refusal(missing.name, await loaded(all, load));
  return found;
}

function importPackage(name: string): Promise<Readonly<Record<string, unknown>>> {
  return import(name);
}

function isAll(wanted: readonly string[]): boolean {
  return wanted.length === 1 && wanted[0] === 'all';
}

async function loaded(packages: readonly ServicePackage[], load: Load): Promise<FoundService[]> {
  const found: FoundService[] = [];
  for (const { name, packageName } of packages) {
    const { createService } = await load(packageName);
    if (typeof createService === 'function') found.push({ name, create: createService as ServiceFactory });
  }
  return found;
}

function refusal(unknown: string, known: readonly FoundService[]): ConfigError {
  const names = known.map(({ name }) => name).join(', ');
  return new ConfigError(`HYPERGATE_SERVICES names ${unknown}, which is none of: ${names}`);
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
