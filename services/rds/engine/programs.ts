/**
 * Programs of PostgreSQL in a folder of our own ("prefix"), because
 * - the server finds its share and module folders relative to the path of its program, so that a copied program sees only what
 *   stands beside it: the extensions of `allowed-extensions.ts`, marked as trusted, and no module besides theirs and the server's own;
 * - install scripts of packages may not have run, and the package's folder may be read-only or closed to the server's user.
 *
 * Programs are copied. What they read is linked where the server's user can come to it, and copied otherwise. A prefix is named by
 * all it was made from, so another version, source or list of extensions makes another; it is made in a folder beside it and renamed,
 * so two gateways may make it at once. It belongs to the gateway's user: the server can change nothing in it.
 *
 * A system's installation is treated the same: its relative layout is kept, which is what PostgreSQL itself goes by. Whether the
 * copied programs really look into our folder is asked (`initdb --show`), not believed. What differs there: shared libraries, locales
 * and perhaps the time zones are the system's, and another version of ICU sorts text otherwise than the packages' does, so an
 * instance should not move between the two kinds.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, parse, relative, sep } from 'node:path';
import { allowedExtensions, isServerModule, moduleOf, trustedControl } from './allowed-extensions.ts';
import type { EngineMajor } from './api.ts';
import { runCommand } from './command.ts';
import { EngineFailure } from './failure.ts';
import { reachable, realPath } from './folders.ts';
import type { EngineIdentity } from './identity.ts';
import { npmSource, type ProgramSource, systemSource } from './program-source.ts';

export interface EnginePrograms {
  readonly major: EngineMajor;
  /** `15.18` */
  readonly version: string;
  readonly initdb: string;
  readonly postgres: string;
  /** Of the extensions' control files. */
  readonly extensionDir: string;
}

export interface ProgramsOptions {
  readonly major: EngineMajor;
  /** Prefixes stand here; the server's user must be able to come here. */
  readonly cacheDir: string;
  readonly identity: EngineIdentity;
  /** A system's `bin` folder instead of npm's packages. */
  readonly bin?: string;
}

/** Part of a prefix's name; raised when it is made otherwise. */
const format = 1;

/** @throws EngineFailure no-programs, unreachable */
export async function preparePrograms(options: ProgramsOptions): Promise<EnginePrograms> {
  const { major, identity } = options;
  const source = options.bin === undefined ? npmSource(major) : systemSource(options.bin, major);
  mkdirSync(options.cacheDir, { recursive: true });
  const cacheDir = realPath(options.cacheDir);
  if (!reachable(join(cacheDir, '.none'), identity)) {
    throw new EngineFailure(
      'unreachable',
      `${cacheDir} cannot be reached by PostgreSQL's user ${identity.uid}.`,
    );
  }
  const linked = canLink(source, identity);
  const prefix = join(cacheDir, prefixName(source, linked));
  const layout = layoutOf(source);
  if (!existsSync(prefix)) {
    const temporary = mkdtempSync(join(cacheDir, '.making-'));
    try {
      build(temporary, source, layout, linked);
      await checkRelocated(temporary, layout, identity);
      putInPlace(temporary, prefix);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  }
  return {
    major,
    version: source.version,
    initdb: join(prefix, layout.bin, 'initdb'),
    postgres: join(prefix, layout.bin, 'postgres'),
    extensionDir: join(prefix, layout.share, 'extension'),
  };
}

interface Layout {
  readonly bin: string;
  readonly share: string;
  readonly modules: string;
}

/** Relative to what the three folders have in common: the only thing PostgreSQL's search depends on. */
function layoutOf(source: ProgramSource): Layout {
  const folders = [source.binDir, source.shareDir, source.moduleDir];
  let common = dirname(source.binDir);
  while (common !== parse(common).root && !folders.every((path) => path.startsWith(common + sep))) {
    common = dirname(common);
  }
  const [bin, share, modules] = folders.map((path) => relative(common, path));
  return { bin: bin!, share: share!, modules: modules! };
}

function canLink(source: ProgramSource, identity: EngineIdentity): boolean {
  const module = readdirSync(source.moduleDir).find((name) => name.startsWith('plpgsql.'));
  return [
    join(source.shareDir, 'postgres.bki'),
    join(source.moduleDir, module ?? '.none'),
    ...(source.libDir === undefined ? [] : [source.libDir]),
  ].every((path) => existsSync(path) && reachable(path, identity));
}

function prefixName(source: ProgramSource, linked: boolean): string {
  const made = JSON.stringify([format, source.build, source.binDir, linked, allowedExtensions]);
  const hash = createHash('sha256').update(made).digest('hex').slice(0, 12);
  return `postgres-${source.version}-${hash}`;
}

function build(prefix: string, source: ProgramSource, layout: Layout, linked: boolean): void {
  chmodSync(prefix, 0o755);
  const put = linked ? symlinkSync : copy;
  mkdirSync(join(prefix, layout.bin), { recursive: true });
  for (const name of ['initdb', 'postgres']) {
    const target = join(prefix, layout.bin, name);
    copyFileSync(join(source.binDir, name), target, constants.COPYFILE_FICLONE);
    chmodSync(target, 0o755);
  }
  const share = join(prefix, layout.share);
  mkdirSync(join(share, 'extension'), { recursive: true });
  for (const name of readdirSync(source.shareDir)) {
    if (name !== 'extension' && name !== 'man') put(join(source.shareDir, name), join(share, name));
  }
  const modules = putExtensions(source, join(share, 'extension'), put);
  putModules(source, join(prefix, layout.modules), modules, put);
  if (source.libDir !== undefined) {
    putLibraries(source, source.libDir, join(prefix, dirname(layout.bin), 'lib'), put);
  }
}

type Put = (from: string, to: string) => void;

function copy(from: string, to: string): void {
  cpSync(from, to, { recursive: true, dereference: true });
  openTo(to);
}

/** Readable by the server's user, whatever the source was. */
function openTo(path: string): void {
  const entries = existsSync(join(path, '.')) ? readdirSync(path) : undefined;
  chmodSync(path, entries === undefined ? 0o644 : 0o755);
  for (const name of entries ?? []) openTo(join(path, name));
}

/** @returns names of their modules */
function putExtensions(source: ProgramSource, to: string, put: Put): Set<string> {
  const from = join(source.shareDir, 'extension');
  const modules = new Set<string>();
  const files = readdirSync(from);
  for (const name of allowedExtensions) {
    if (!files.includes(`${name}.control`)) continue;
    const control = readFileSync(join(from, `${name}.control`), 'utf8');
    writeFileSync(join(to, `${name}.control`), trustedControl(control), { mode: 0o644 });
    const module = moduleOf(control);
    if (module !== undefined) modules.add(module);
    for (const file of files) {
      if (file.startsWith(`${name}--`) && file.endsWith('.sql')) put(join(from, file), join(to, file));
    }
  }
  return modules;
}

function putModules(source: ProgramSource, to: string, extensions: Set<string>, put: Put): void {
  mkdirSync(to, { recursive: true });
  for (const file of readdirSync(source.moduleDir)) {
    const name = /^(.+)\.(?:so|dylib)$/.exec(file)?.[1];
    if (name === undefined || !(extensions.has(name) || isServerModule(name))) continue;
    put(join(source.moduleDir, file), join(to, file));
  }
}

function putLibraries(source: ProgramSource, from: string, to: string, put: Put): void {
  const isLibrary = (name: string) =>
    /\.(?:so|dylib)(?:\.|$)|\.dylib$/.test(name) && !/ecpg|pgtypes/.test(name);
  const present = readdirSync(from).filter((name) => isLibrary(name) && !source.libLinks.has(name));
  for (const name of present) put(join(from, name), join(to, name));
  for (const [name, target] of source.libLinks) {
    if (present.includes(target)) symlinkSync(target, join(to, name));
  }
}

/** The promise about extensions stands on this. */
async function checkRelocated(prefix: string, layout: Layout, identity: EngineIdentity): Promise<void> {
  const initdb = join(prefix, layout.bin, 'initdb');
  const said = await runCommand(initdb, ['--show', '-D', join(prefix, 'none')], { identity });
  const found = /^share_path=(.*)$/m.exec(said.stderr + said.stdout)?.[1];
  if (found === undefined || realPath(found) !== realPath(join(prefix, layout.share))) {
    const seen = found ?? (said.stderr.trim().split('\n').at(-1) || 'nothing');
    throw new EngineFailure('no-programs', `PostgreSQL's copied programs do not work: ${seen}.`);
  }
}

function putInPlace(temporary: string, prefix: string): void {
  try {
    renameSync(temporary, prefix);
  } catch (fault) {
    // Somebody else made the same at the same time.
    if (!existsSync(prefix)) throw fault;
  }
}
