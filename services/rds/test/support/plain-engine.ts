/**
 * A PostgreSQL server of its own for tests of parts that speak with one, without the engine's part: a cluster in a temporary
 * folder, a unix socket, the superuser `rdsadmin` by trust. As root it runs as `nobody`.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { EngineMajor } from '../../engine/api.ts';

const require = createRequire(import.meta.url);
const isRoot = process.getuid?.() === 0;
const nobody = 65534;
const identity = isRoot ? { uid: nobody, gid: nobody } : {};

export interface PlainEngineOptions {
  readonly major?: EngineMajor;
  readonly parameters?: Readonly<Record<string, string>>;
  /** An existing data directory is started instead of a new cluster. */
  readonly dataDir?: string;
}

export interface PlainEngine {
  readonly root: string;
  readonly dataDir: string;
  readonly binDir: string;
  readonly socketDir: string;
  readonly port: number;
  readonly pid: number;
  connect(database?: string, user?: string): Promise<Client>;
  /** The server's own words so far. */
  log(): string;
  stop(signal?: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<void>;
  /** Ends it and removes all of it. */
  remove(): Promise<void>;
}

/** A folder that the server's user can reach and owns. */
export function serverFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  giveToServer(folder);
  return folder;
}

export function giveToServer(path: string): void {
  if (isRoot) chownSync(path, nobody, nobody);
  chmodSync(path, 0o700);
}

/** Programs with the links that the package's install script would have made. */
export function preparePrograms(root: string, major: EngineMajor = 15): string {
  const name = `postgres-${major}-${process.platform}-${process.arch}`;
  const native = join(dirname(dirname(require.resolve(name))), 'native');
  const prefix = join(root, 'programs');
  mkdirSync(join(prefix, 'lib'), { recursive: true });
  cpSync(join(native, 'bin'), join(prefix, 'bin'), { recursive: true });
  symlinkSync(join(native, 'share'), join(prefix, 'share'));
  for (const file of readdirSync(join(native, 'lib'))) {
    symlinkSync(join(native, 'lib', file), join(prefix, 'lib', file));
  }
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    if (!target.startsWith('native/lib/') || target.split('/').length !== 3) continue;
    symlinkSync(basename(source), join(prefix, 'lib', basename(target)));
  }
  return join(prefix, 'bin');
}

export async function startPlainEngine(options: PlainEngineOptions = {}): Promise<PlainEngine> {
  const root = mkdtempSync(join(tmpdir(), 'hg-pg-'));
  chmodSync(root, 0o755);
  const binDir = preparePrograms(root, options.major);
  const socketDir = join(root, 's');
  mkdirSync(socketDir);
  giveToServer(socketDir);
  const dataDir = options.dataDir ?? join(root, 'data');
  if (options.dataDir === undefined) initialise(binDir, dataDir);
  const settings = {
    listen_addresses: '',
    unix_socket_directories: socketDir,
    port: '5432',
    fsync: 'off',
    full_page_writes: 'off',
    wal_level: 'logical',
    shared_buffers: '16MB',
    ...options.parameters,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(join(binDir, 'postgres'), ['-D', dataDir, ...args], {
    ...identity,
    cwd: dataDir,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
  });
  return new StartedEngine(child, root, dataDir, binDir, socketDir).ready();
}

function initialise(binDir: string, dataDir: string): void {
  mkdirSync(dataDir);
  giveToServer(dataDir);
  const args = ['-D', dataDir, '-U', 'rdsadmin', '--auth=trust', '-E', 'UTF8', '--no-locale', '--no-sync'];
  const made = spawnSync(join(binDir, 'initdb'), args, { ...identity, cwd: dataDir, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}${made.error ?? ''}`);
  const hba = 'local all all trust\nlocal replication all trust\n';
  writeFileSync(join(dataDir, 'pg_hba.conf'), hba);
}

class StartedEngine implements PlainEngine {
  readonly port = 5432;
  readonly pid: number;
  readonly root: string;
  readonly dataDir: string;
  readonly binDir: string;
  readonly socketDir: string;
  private readonly child: ChildProcess;
  private readonly exited: Promise<void>;
  private words = '';
  private readonly endWithUs = () => this.child.kill('SIGKILL');

  constructor(child: ChildProcess, root: string, dataDir: string, binDir: string, socketDir: string) {
    this.child = child;
    this.pid = child.pid ?? -1;
    this.root = root;
    this.dataDir = dataDir;
    this.binDir = binDir;
    this.socketDir = socketDir;
    process.once('exit', this.endWithUs);
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.words += text;
    });
    this.exited = new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
  }

  async ready(): Promise<this> {
    for (;;) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`the server did not start: ${this.words}`);
      }
      try {
        await (await this.connect()).end();
        return this;
      } catch {
        await delay(20);
      }
    }
  }

  async connect(database = 'postgres', user = 'rdsadmin'): Promise<Client> {
    const client = new Client({ host: this.socketDir, port: this.port, user, database });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  log(): string {
    return this.words;
  }

  async stop(signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL' = 'SIGINT'): Promise<void> {
    process.off('exit', this.endWithUs);
    this.child.kill(signal);
    await this.exited;
  }

  async remove(): Promise<void> {
    await this.stop('SIGQUIT');
    rmSync(this.root, { recursive: true, force: true });
  }
}
