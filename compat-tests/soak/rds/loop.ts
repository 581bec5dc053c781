/**
 * The SIGKILL loop of RDS: writers and a reader over one default database, and a kill at a seeded moment: of the gateway's whole
 * process group, of everything it started, or of PostgreSQL alone; after some of them PostgreSQL's directory is deleted, too. What was
 * answered must be there, whole, and nothing that was once read may be gone.
 */
import { rmSync } from 'node:fs';
import { freePort } from '@hypergate/node/sim/ports';
import type { Client } from 'pg';
import { connectPostgres } from '../../lib/postgres-server.ts';
import { processTree } from '../../lib/process-tree.ts';
import { SeededRandom } from '../../lib/random.ts';
import type { Target } from '../../lib/target.ts';
import {
  type Killed,
  type KillLoop,
  killOne,
  killUnderLoad,
  type Round,
  untilAnswered,
} from '../kill-loop.ts';
import { makeWriters, prepareTables, verifyWriters, watch, write } from './writers.ts';

const kills = ['group', 'all', 'engine', 'group, directory deleted'] as const;
type Kill = (typeof kills)[number];

const writers = 8;
const readyMsLimit = 120_000;

/** @param megabytes of data beside what the writers write */
export async function rdsKillLoop(megabytes: number): Promise<KillLoop<Client>> {
  const port = await freePort();
  const all = makeWriters(writers);
  const counts = Object.fromEntries(kills.map((kill) => [kill, 0])) as Record<Kill, number>;
  let unansweredApplied = 0;
  const answered = () => all.reduce((sum, writer) => sum + writer.answered, 0);

  const connectReady = () =>
    untilAnswered(
      async () => {
        const client = await connectPostgres({ port });
        await client.query('select 1');
        return client;
      },
      readyMsLimit,
      'the database',
    );

  async function loadAndKill({ seed, killAfterMs, random, target }: Round): Promise<Killed> {
    const kind = random.pick(kills);
    const clients = await Promise.all(all.map(() => connectPostgres({ port })));
    const reader = await connectPostgres({ port });
    const begin = (onAnswer: () => void) => [
      ...all.map((writer, index) =>
        write(writer, clients[index]!, new SeededRandom(`${seed} writer ${writer.id}`), onAnswer),
      ),
      watch(all, reader),
    ];
    await killUnderLoad(begin, killAfterMs, () => killBy(kind, target));
    await Promise.all([...clients, reader].map((client) => client.end().catch(() => undefined)));
    counts[kind] += 1;
    return { what: `${kind} killed after ${killAfterMs} ms`, isGatewayAlive: kind === 'engine' };
  }

  return {
    name: 'rds',
    gateway: {
      custodians: 0,
      ownGroup: true,
      env: { HYPERGATE_POSTGRES_PORT: String(port), HYPERGATE_FRAME_INTERVAL: '2s' },
    },
    killAfterMsMin: 20,
    async prepare() {
      const client = await connectReady();
      await prepareTables(client, all, megabytes);
      await client.end();
    },
    loadAndKill,
    ready: connectReady,
    async verify(client, _target, fault) {
      unansweredApplied += await verifyWriters(all, client, fault);
      await client.end();
      return `${answered()} answered`;
    },
    end: (target) => killBy('all', target),
    numbers: () => ({ kills: counts, answered: answered(), unansweredApplied }),
  };
}

async function killBy(kind: Kill, target: Target): Promise<void> {
  const tree = processTree(target.pid);
  const engine = tree.find(({ command }) => /postgres\S* -D /.test(command));
  if (kind === 'engine') {
    if (engine !== undefined) process.kill(engine.pid, 'SIGKILL');
    return;
  }
  if (kind === 'all') for (const { pid } of tree) killOne(pid);
  else killOne(-target.pid);
  await target.exited;
  if (kind !== 'group, directory deleted' || engine === undefined) return;
  // What is still written by a server that outlived its gateway must not come back into the directory.
  for (const { pid } of tree) killOne(pid);
  const directory = / -D (\S+)/.exec(engine.command)![1]!;
  rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
}
