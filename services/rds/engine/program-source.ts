/** Where the programs of a PostgreSQL come from: a package of npm for this platform, or a folder of a system's installation. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import type { EngineMajor } from './api.ts';
import { EngineFailure } from './failure.ts';

export interface ProgramSource {
  readonly kind: 'npm' | 'system';
  /** `15.18` */
  readonly version: string;
  /** Changes whenever the files do. */
  readonly build: string;
  readonly binDir: string;
  readonly shareDir: string;
  /** Of modules that the server loads. */
  readonly moduleDir: string;
  /** Shared libraries that come along, found by the programs as ../lib; undefined when they are the system's. */
  readonly libDir: string | undefined;
  /** Links that the package's install script would make in `libDir`: name -> name. */
  readonly libLinks: ReadonlyMap<string, string>;
}

const require = createRequire(import.meta.url);

/** @throws EngineFailure no-programs */
export function npmSource(major: EngineMajor): ProgramSource {
  const name = `postgres-${major}-${process.platform}-${process.arch}`;
  const native = nativeFolder(name, major);
  const packed: unknown = JSON.parse(readFileSync(join(dirname(native), 'package.json'), 'utf8'));
  const build = String((packed as { version?: unknown }).version);
  return {
    kind: 'npm',
    version: /^\d+\.\d+/.exec(build)?.[0] ?? build,
    build,
    binDir: join(native, 'bin'),
    shareDir: join(native, 'share', 'postgresql'),
    moduleDir: join(native, 'lib', 'postgresql'),
    libDir: join(native, 'lib'),
    libLinks: linksOf(native),
  };
}

function nativeFolder(name: string, major: EngineMajor): string {
  try {
    return join(dirname(dirname(require.resolve(name))), 'native');
  } catch (cause) {
    throw new EngineFailure(
      'no-programs',
      `PostgreSQL ${major} for ${process.platform}-${process.arch} is not installed: add the package ${name}, or set RDS_PG_BIN.`,
      { cause },
    );
  }
}

function linksOf(native: string): ReadonlyMap<string, string> {
  const file = join(native, 'pg-symlinks.json');
  const listed: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
  const links = listed as { readonly source: string; readonly target: string }[];
  const inLib = links.filter(({ source, target }) =>
    [source, target].every((path) => dirname(path) === 'native/lib'),
  );
  return new Map(inLib.map(({ source, target }) => [basename(target), basename(source)]));
}

/** @throws EngineFailure no-programs, also when the folder holds another major */
export function systemSource(bin: string, major: EngineMajor): ProgramSource {
  const postgres = join(bin, 'postgres');
  const said = spawnSync(postgres, ['--version'], { encoding: 'utf8', env: { LC_ALL: 'C' } });
  const build = said.status === 0 ? /\(PostgreSQL\)\s+(.*)$/m.exec(said.stdout)?.[1] : undefined;
  const version = build === undefined ? undefined : /^\d+\.\d+/.exec(build)?.[0];
  if (build === undefined || version === undefined) {
    throw new EngineFailure('no-programs', `${postgres} is no PostgreSQL server that runs here.`);
  }
  if (Number.parseInt(version, 10) !== major) {
    throw new EngineFailure('no-programs', `${bin} holds PostgreSQL ${version}, but ${major} was asked for.`);
  }
  const binDir = realpathSync(bin);
  return {
    kind: 'system',
    version,
    build,
    binDir,
    shareDir: place(binDir, '--sharedir', ['../share/postgresql', '../share'], (path) =>
      existsSync(join(path, 'postgres.bki')),
    ),
    moduleDir: place(binDir, '--pkglibdir', ['../lib/postgresql', '../lib'], (path) =>
      readdirSync(path).some((name) => name.startsWith('plpgsql.')),
    ),
    libDir: ownLibraries(binDir),
    libLinks: new Map(),
  };
}

/** Installations that can be moved bring their libraries along; a distribution's stand where all are found. */
function ownLibraries(binDir: string): string | undefined {
  const folder = join(binDir, '..', 'lib');
  const has = existsSync(folder) && readdirSync(folder).some((name) => name.startsWith('libpq.'));
  return has ? realpathSync(folder) : undefined;
}

function place(
  binDir: string,
  option: string,
  guesses: readonly string[],
  holds: (path: string) => boolean,
): string {
  const said = spawnSync(join(binDir, 'pg_config'), [option], { encoding: 'utf8' });
  const candidates = [
    ...(said.status === 0 ? [said.stdout.trim()] : []),
    ...guesses.map((guess) => join(binDir, guess)),
  ];
  const found = candidates.find((path) => existsSync(path) && holds(path));
  if (found === undefined) {
    throw new EngineFailure('no-programs', `The files of PostgreSQL that belong to ${binDir} are not found.`);
  }
  return realpathSync(found);
}
