/**
 * Transactions per second of a real engine, alone and with its write-ahead log certified by a node on the real disk:
 * `node services/rds/bench/commit-path.ts PGBENCH [seconds] [clients,…] [gatherMs,…]`. PGBENCH is the program of that name. One JSON
 * line per measurement; CPU is that of this process: receiver, log and node.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openDiskStore } from '../test/support/disk-store.ts';
import { startPlainEngine } from '../test/support/plain-engine.ts';
import { groupCommitLimits } from '../wal/limits.ts';
import { WalLog } from '../wal/wal-log.ts';
import { WalReceiver } from '../wal/wal-receiver.ts';

const [pgbench = 'pgbench', seconds = '5', clientList = '1,16', gatherList = '1'] = process.argv.slice(2);
const engine = await startPlainEngine({
  parameters: { shared_buffers: '128MB', max_connections: '200', max_wal_size: '4GB' },
});
const folder = mkdtempSync(join(tmpdir(), 'hg-bench-'));

function run(...args: string[]): Promise<string> {
  const child = spawn(pgbench, [
    '-h',
    engine.socketDir,
    '-p',
    String(engine.port),
    '-U',
    'rdsadmin',
    ...args,
    'postgres',
  ]);
  let out = '';
  child.stdout.on('data', (text) => {
    out += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(out) : reject(new Error(`pgbench ended with ${code}`)),
    );
  });
}

async function measure(what: string, clients: string, log?: WalLog): Promise<void> {
  const before = log?.stats ?? { rounds: 0, messages: 0, bytes: 0 };
  const cpu = process.cpuUsage();
  const began = performance.now();
  const out = await run('-N', '-n', '-c', clients, '-j', clients === '1' ? '1' : '2', '-T', seconds);
  const tookS = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const after = log?.stats ?? before;
  const rounds = after.rounds - before.rounds;
  const line = {
    what,
    clients: Number(clients),
    tps: Number(/tps = ([\d.]+)/.exec(out)?.[1]),
    'latency ms': Number(/latency average = ([\d.]+)/.exec(out)?.[1]),
    'rounds per second': Math.round(rounds / tookS),
    'messages per round': Math.round((100 * (after.messages - before.messages)) / rounds) / 100,
    'bytes per round': Math.round((after.bytes - before.bytes) / rounds),
    'CPU us per round': Math.round((user + system) / rounds),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

try {
  await run('-i', '-q', '-s', '10');
  for (const clients of clientList.split(',')) await measure('engine alone', clients);
  const disk = await openDiskStore(folder);
  const fail = (error: unknown): never => {
    throw error;
  };
  for (const gatherMs of gatherList.split(',').map(Number)) {
    const modules = {
      clock: Date,
      delay: (ms: number) => delay(ms),
      onLost: () => fail(new Error('the lease was lost')),
      onFailed: fail,
      onFailing: (_: boolean, error: unknown) => fail(error),
      onUpkeepFailed: fail,
    };
    const groupCommit = { ...groupCommitLimits, gatherMs };
    const log = await WalLog.open(
      disk.store,
      modules,
      gatherMs < 0 ? { groupCommit: { ...groupCommit, returningShare: 0 } } : { groupCommit },
    );
    const receiver = new WalReceiver(
      {
        log,
        socketDir: engine.socketDir,
        port: engine.port,
        user: 'rdsadmin',
        password: '',
        slot: 'hypergate',
        applicationName: 'hypergate',
      },
      { clock: Date, delay: async (ms, signal) => void (await delay(ms, undefined, { signal })) },
    );
    await receiver.attached;
    const admin = await engine.connect();
    await admin.query('set synchronous_commit = local; ');
    await admin.query("alter system set synchronous_standby_names = 'hypergate'");
    await admin.query('select pg_reload_conf()');
    await delay(300);
    for (const clients of clientList.split(','))
      await measure(
        gatherMs < 0 ? 'certified, no gathering' : `certified, gathering ${gatherMs} ms`,
        clients,
        log,
      );
    await admin.query("alter system set synchronous_standby_names = ''");
    await admin.query('select pg_reload_conf()');
    await admin.end();
    await receiver.stop();
    await log.settled();
    await log.close();
  }
  await disk.close();
} finally {
  await engine.remove();
  rmSync(folder, { recursive: true });
}
