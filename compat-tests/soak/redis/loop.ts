/**
 * The SIGKILL loop of Redis: writers with many requests under way, a reader that remembers what it saw, and a kill at a seeded
 * moment, of the whole gateway or of the engine's process alone. What was answered must be there, of what was not answered a first
 * part may be, and nothing that was once read may be gone.
 */
import { freePort } from '@hypergate/node/sim/ports';
import { Redis } from 'ioredis';
import { SeededRandom } from '../../lib/random.ts';
import { engineOf } from '../../lib/redis-engine.ts';
import { type Killed, type KillLoop, killUnderLoad, type Round, untilAnswered } from '../kill-loop.ts';
import { makeWriters, verifyWriter, watch, write } from './writers.ts';

const writers = 16;
const engineKillShare = 0.4;
const readyMsLimit = 60_000;

export async function redisKillLoop(): Promise<KillLoop<Redis>> {
  const port = await freePort();
  const all = makeWriters(writers);
  const sums = { killsOfGateway: 0, killsOfEngine: 0 };
  const unanswered = { unanswered: 0, unansweredApplied: 0 };
  const answered = () => all.reduce((sum, writer) => sum + writer.answered, 0);

  async function loadAndKill({ seed, killAfterMs, random, target }: Round): Promise<Killed> {
    const onlyEngine = random.next() < engineKillShare;
    const kill = async () => {
      if (onlyEngine) process.kill(engineOf(target.pid), 'SIGKILL');
      else await target.kill();
    };
    const clients = all.map(() => openClient(port));
    const reader = openClient(port);
    const begin = (onAnswer: () => void) => [
      ...all.map((writer, index) =>
        write(writer, clients[index]!, new SeededRandom(`${seed} writer ${writer.id}`), onAnswer),
      ),
      watch(all, reader),
    ];
    await killUnderLoad(begin, killAfterMs, kill);
    for (const client of [...clients, reader]) client.disconnect();
    sums[onlyEngine ? 'killsOfEngine' : 'killsOfGateway'] += 1;
    const what = `${onlyEngine ? 'engine' : 'gateway'} killed after ${killAfterMs} ms`;
    return { what, isGatewayAlive: onlyEngine };
  }

  return {
    name: 'redis',
    gateway: { env: { HYPERGATE_REDIS_PORT: String(port), HYPERGATE_FRAME_INTERVAL: '2s' } },
    killAfterMsMin: 20,
    prepare: async () => undefined,
    loadAndKill,
    ready: () => untilAnswered(() => connect(port), readyMsLimit, 'Redis'),
    async verify(client, _target, fault) {
      for (const writer of all) {
        unanswered.unanswered += writer.unanswered.length;
        unanswered.unansweredApplied += await verifyWriter(writer, client, fault);
      }
      client.disconnect();
      return `${answered()} answered`;
    },
    end: (target) => target.kill(),
    numbers: () => ({ ...sums, answered: answered(), ...unanswered }),
  };
}

function openClient(port: number): Redis {
  const client = new Redis({ port, host: '127.0.0.1', retryStrategy: () => null, maxRetriesPerRequest: 0 });
  // Every connection of the loop breaks; the requests tell.
  client.on('error', () => undefined);
  return client;
}

async function connect(port: number): Promise<Redis> {
  const client = openClient(port);
  try {
    await client.ping();
    return client;
  } catch (error) {
    client.disconnect();
    throw error;
  }
}
