/** One run of Debian's pgbench, and what it says. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { debianBin } from '../../lib/postgres-server.ts';
import { cleanEnvironment } from '../../lib/target.ts';

export interface BenchRun {
  readonly perSecond: number;
  readonly latencyMs: number;
  readonly transactions: number;
}

export interface BenchServer {
  readonly name: string;
  /** A port of 127.0.0.1, or the folder of a unix socket. */
  readonly host: string;
  readonly port: number;
}

export async function prepareBench(server: BenchServer, scale: number): Promise<void> {
  await pgbench(server, ['-i', '-q', '-s', String(scale)]);
  // Both sides begin with the same state of the tables.
  await pgbench(server, ['-n', '-N', '-t', '200', '-c', '2']);
}

export async function runBench(
  server: BenchServer,
  args: readonly string[],
  seconds: number,
): Promise<BenchRun> {
  const said = await pgbench(server, ['-n', ...args, '-T', String(seconds)]);
  const read = (pattern: RegExp): number => {
    const found = pattern.exec(said);
    if (found === null) throw new Error(`pgbench said no ${pattern.source}: ${said}`);
    return Number(found[1]);
  };
  const failed = /^number of failed transactions: (\d+)/m.exec(said);
  if (failed !== null && failed[1] !== '0')
    throw new Error(`${failed[1]} transactions failed at ${server.name}`);
  return {
    perSecond: read(/^tps = ([\d.]+)/m),
    latencyMs: read(/^latency average = ([\d.]+) ms/m),
    transactions: read(/^number of transactions actually processed: (\d+)/m),
  };
}

function pgbench(server: BenchServer, args: readonly string[]): Promise<string> {
  const child = spawn(
    join(debianBin, 'pgbench'),
    [...args, '-h', server.host, '-p', String(server.port), '-U', 'postgres', 'postgres'],
    {
      env: cleanEnvironment({ PGPASSWORD: 'postgres', PGSSLMODE: 'disable' }),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(said);
      else reject(new Error(`pgbench at ${server.name} ended with ${code}: ${errors.slice(-2000)}`));
    });
  });
}
