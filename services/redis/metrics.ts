/** Metrics of the service: what the engine's process tells every few seconds, and what the journal and checkpoints do. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { EngineStats } from './process/engine-stats.ts';

/** What the running session knows at this moment. */
export interface SessionState {
  /** Effects that are not durable yet. */
  readonly lag: { readonly batches: number; readonly bytes: number };
  /** Keys whose record is behind. */
  readonly behind: number;
}

const batchesOfRow = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
const bytesOfRow = [100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8];
const secondsOfCheckpoint = [0.1, 0.5, 1, 5, 10, 30, 60, 300];

export class RedisMetrics {
  private stats: EngineStats | undefined;
  private sessions = 0;
  private readonly rowBatches: Histogram;
  private readonly rowBytes: Histogram;
  private readonly checkpointSeconds: Histogram;
  private readonly checkpointBytes: Gauge;

  /** @param session the running one, if there is one */
  constructor(registry: Registry, session: () => SessionState | undefined) {
    const registers = [registry];
    this.rowBatches = new Histogram({
      name: 'hypergate_redis_journal_row_batches',
      help: 'Batches of effects that one row of the journal made durable.',
      buckets: batchesOfRow,
      registers,
    });
    this.rowBytes = new Histogram({
      name: 'hypergate_redis_journal_row_bytes',
      help: 'Bytes of effects in one row of the journal.',
      buckets: bytesOfRow,
      registers,
    });
    this.checkpointSeconds = new Histogram({
      name: 'hypergate_redis_checkpoint_seconds',
      help: 'Time that checkpoints took.',
      buckets: secondsOfCheckpoint,
      registers,
    });
    this.checkpointBytes = new Gauge({
      name: 'hypergate_redis_checkpoint_bytes',
      help: 'Size of the last checkpoint.',
      registers,
    });
    this.addSession(registers, session);
    this.addEngine(registers);
    this.addCommands(registers);
    this.addKeys(registers);
  }

  /** A session has begun to serve: each has an engine's process of its own. */
  sessionOpened(): void {
    this.sessions++;
  }

  take(stats: EngineStats): void {
    this.stats = stats;
  }

  rowWritten(batches: number, bytes: number): void {
    this.rowBatches.observe(batches);
    this.rowBytes.observe(bytes);
  }

  checkpointWritten(seconds: number, bytes: number): void {
    this.checkpointSeconds.observe(seconds);
    this.checkpointBytes.set(bytes);
  }

  private addSession(registers: Registry[], session: () => SessionState | undefined): void {
    gauge(
      registers,
      'journal_lag_bytes',
      'Effects that are not durable yet.',
      () => session()?.lag.bytes ?? 0,
    );
    gauge(
      registers,
      'journal_lag_batches',
      'Batches of effects that are not durable yet.',
      () => session()?.lag.batches ?? 0,
    );
    gauge(
      registers,
      'records_behind',
      'Keys whose record does not show them as they are.',
      () => session()?.behind ?? 0,
    );
    counter(registers, 'engine_restarts_total', 'Times that the engine was started again.', () =>
      Math.max(0, this.sessions - 1),
    );
  }

  private addEngine(registers: Registry[]): void {
    const of = (name: Exclude<keyof EngineStats, 'keys' | 'commands'>) => () => this.stats?.[name] ?? 0;
    gauge(registers, 'connected_clients', 'Clients that are connected.', of('clients'));
    gauge(registers, 'blocked_clients', 'Clients that wait for a key.', of('blockedClients'));
    gauge(registers, 'dataset_bytes', 'Memory of keys and values, about.', of('datasetBytes'));
    gauge(registers, 'heap_bytes', "Heap of the engine's process in use.", of('heapBytes'));
    gauge(registers, 'resident_bytes', "Resident memory of the engine's process.", of('residentBytes'));
    gauge(registers, 'buffered_bytes', 'Unread input and unsent output of all clients.', of('bufferedBytes'));
    counter(registers, 'connections_total', 'Connections that came.', of('connections'));
    counter(
      registers,
      'rejected_connections_total',
      'Connections refused at the door.',
      of('rejectedConnections'),
    );
    counter(registers, 'expired_keys_total', 'Keys whose time was over.', of('expiredKeys'));
    counter(registers, 'evicted_keys_total', 'Keys that made room for others.', of('evictedKeys'));
    counter(
      registers,
      'evicted_clients_total',
      'Clients disconnected as all together held too much.',
      of('evictedClients'),
    );
    counter(registers, 'input_bytes_total', 'Bytes that clients sent.', of('inputBytes'));
    counter(registers, 'output_bytes_total', 'Bytes that clients were sent.', of('outputBytes'));
  }

  private addCommands(registers: Registry[]): void {
    const stats = () => this.stats;
    new Counter({
      name: 'hypergate_redis_commands_total',
      help: 'Commands by name and by how they ended.',
      labelNames: ['command', 'outcome'],
      registers,
      collect() {
        this.reset();
        for (const [command, ok, failed, rejected] of stats()?.commands ?? []) {
          if (ok > 0) this.inc({ command, outcome: 'ok' }, ok);
          if (failed > 0) this.inc({ command, outcome: 'failed' }, failed);
          if (rejected > 0) this.inc({ command, outcome: 'rejected' }, rejected);
        }
      },
    });
  }

  private addKeys(registers: Registry[]): void {
    const stats = () => this.stats;
    new Gauge({
      name: 'hypergate_redis_keys',
      help: 'Keys by database.',
      labelNames: ['database'],
      registers,
      collect() {
        this.reset();
        for (const [database, keys] of stats()?.keys.entries() ?? []) {
          if (keys > 0 || database === 0) this.set({ database }, keys);
        }
      },
    });
  }
}

function gauge(registers: Registry[], name: string, help: string, read: () => number): void {
  new Gauge({
    name: `hypergate_redis_${name}`,
    help,
    registers,
    collect() {
      this.set(read());
    },
  });
}

function counter(registers: Registry[], name: string, help: string, read: () => number): void {
  new Counter({
    name: `hypergate_redis_${name}`,
    help,
    registers,
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}
