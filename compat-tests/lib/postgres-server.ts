/** Debian's PostgreSQL 15 as the peer: a cluster of its own with the defaults of a new one, `fsync=on` among them. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@hypergate/node/sim/ports';
import { Client } from 'pg';
import { cleanEnvironment, freshDirectory, launch, type Target } from './target.ts';

/** Of Debian's packages postgresql-15 and postgresql-client-15. */
export const debianBin = '/usr/lib/postgresql/15/bin';

const nobody = 65534;
const isRoot = process.getuid?.() === 0;

/** @throws an error that names the package when it is not installed */
export async function startPlainPostgres(...settings: readonly string[]): Promise<Target> {
  if (!existsSync(join(debianBin, 'postgres')))
    throw new Error(`${debianBin} is missing: install postgresql-15`);
  const port = await freePort();
  const root = freshDirectory('postgresql');
  const data = join(root, 'data');
  mkdirSync(data, { mode: 0o700 });
  // A server refuses to run as root; the user nobody may go through the folder and owns what is in it.
  chmodSync(root, 0o711);
  if (isRoot) chownSync(data, nobody, nobody);
  const identity = isRoot ? { uid: nobody, gid: nobody } : {};
  const arguments_ = ['-D', data, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--no-locale'];
  const made = spawnSync(join(debianBin, 'initdb'), arguments_, { ...identity, cwd: data, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const options = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', ...settings];
  return launch({
    name: 'postgresql',
    command: [join(debianBin, 'postgres'), '-D', data, ...options.flatMap((option) => ['-c', option])],
    ...identity,
    cwd: data,
    env: cleanEnvironment({ LC_ALL: 'C' }),
    port,
    identity: { accessKeyId: '', secretAccessKey: '', region: '' },
    dataDir: root,
    scheme: 'http',
    readyTimeoutMs: 60_000,
    isReady: () => answersQuery(port),
  });
}

export interface PostgresLogin {
  readonly port: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
}

export async function connectPostgres(login: PostgresLogin): Promise<Client> {
  const { port, user = 'postgres', password = 'postgres', database = 'postgres' } = login;
  const client = new Client({ host: '127.0.0.1', port, user, password, database });
  // A connection that breaks is told by its queries.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function answersQuery(port: number): Promise<boolean> {
  const client = await connectPostgres({ port });
  try {
    return (await client.query('select 1')).rowCount === 1;
  } finally {
    await client.end();
  }
}
