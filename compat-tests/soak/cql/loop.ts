/**
 * The SIGKILL loop of CQL: writers over one gateway, and a kill of its process group at a seeded moment. Batches must be whole or not there at
 * all, and counters exact but for increments that nobody answered.
 */
import { freePort } from '@hypergate/node/sim/ports';
import type { Client } from 'cassandra-driver';
import { connectCql } from '../../lib/cql-client.ts';
import { SeededRandom } from '../../lib/random.ts';
import { type KillLoop, killGroup, killUnderLoad, type Round } from '../kill-loop.ts';
import { makeWriters, prepareTables, verifyWriters, write } from './writers.ts';

const writers = 16;

export async function cqlKillLoop(): Promise<KillLoop<Client>> {
  const port = await freePort();
  const all = makeWriters(writers);
  let answered = 0;
  let unansweredApplied = 0;

  async function loadAndKill({ seed, killAfterMs, target }: Round) {
    const client = await connectCql(port);
    const begin = (onAnswer: () => void) =>
      all.map((writer) =>
        write(writer, client, new SeededRandom(`${seed} writer ${writer.id}`), () => {
          answered += 1;
          onAnswer();
        }),
      );
    await killUnderLoad(begin, killAfterMs, () => killGroup(target));
    await client.shutdown().catch(() => undefined);
    return { what: `killed after ${killAfterMs} ms` };
  }

  return {
    name: 'cql',
    gateway: {
      custodians: 0,
      ownGroup: true,
      env: { HYPERGATE_CQL_PORT: String(port), HYPERGATE_FRAME_INTERVAL: '2s' },
    },
    killAfterMsMin: 20,
    async prepare() {
      const client = await connectCql(port);
      await prepareTables(client, all);
      await client.shutdown();
    },
    loadAndKill,
    ready: () => connectCql(port),
    async verify(client, _target, fault) {
      unansweredApplied += await verifyWriters(all, client, fault);
      await client.shutdown();
      return `${answered} answered`;
    },
    end: killGroup,
    numbers: () => ({ answered, unansweredApplied }),
  };
}
