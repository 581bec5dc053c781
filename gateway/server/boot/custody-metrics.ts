/** Metrics of the custodians of keys. Those that are taken from their status are taken when somebody asks. */
import type { Custody, CustodyModules } from '@hypergate/node/jobs/threshold/coordinator';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const states = ['ready', 'catching-up', 'unreachable', 'accused'] as const;

/** From one message to two custodians to keys of RSA that are made. */
const seconds = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];

/** Counts tasks of keys, how they ended and how long they took. */
export function taskMetrics(registry: Registry): NonNullable<CustodyModules['observe']> {
  const registers = [registry];
  const tasks = new Counter({
    name: 'hypergate_custody_tasks_total',
    help: 'Tasks that were put to the custodians of keys, by how they ended.',
    labelNames: ['kind', 'outcome'],
    registers,
  });
  const durations = new Histogram({
    name: 'hypergate_custody_task_seconds',
    help: 'How long they took.',
    labelNames: ['kind'],
    buckets: seconds,
    registers,
  });
  return (kind, outcome, duration) => {
    tasks.inc({ kind, outcome });
    durations.observe({ kind }, duration);
  };
}

export function recordCustodyMetrics(registry: Registry, custody: Custody): void {
  const registers = [registry];
  new Gauge({
    name: 'hypergate_custodians',
    help: 'Custodians of keys by state; calls need n - t that are ready.',
    labelNames: ['state'],
    registers,
    async collect() {
      const { custodians } = await custody.status();
      for (const state of states) this.set({ state }, custodians.filter((one) => one.state === state).length);
    },
  });
  new Gauge({
    name: 'hypergate_custody_letters',
    help: 'Messages that wait for a custodian.',
    labelNames: ['custodian'],
    registers,
    collect() {
      for (const [index, { letters }] of custody.members()) this.set({ custodian: String(index) }, letters);
    },
  });
  new Gauge({
    name: 'hypergate_custody_prepared',
    help: 'Presignatures and nonces that are ready for the next signatures.',
    labelNames: ['scheme'],
    registers,
    collect() {
      for (const [scheme, count] of custody.prepared()) this.set({ scheme }, count);
    },
  });
  new Gauge({
    name: 'hypergate_custody_refresh_age_seconds',
    help: 'Since all keys had new shares for the last time; absent before the first.',
    registers,
    collect() {
      const { pass } = custody.upkeep.status();
      if (pass !== undefined && pass.lastEndedMs > 0) this.set((Date.now() - pass.lastEndedMs) / 1000);
      else this.reset();
    },
  });
  new Gauge({
    name: 'hypergate_custody_keys_noticed',
    help: 'Keys that wait to be looked at since a custodian lacks its share.',
    registers,
    collect() {
      this.set(custody.upkeep.status().noticed);
    },
  });
  new Gauge({
    name: 'hypergate_custody_replaced',
    help: 'Custodians that were replaced, which is not completed yet.',
    registers,
    collect() {
      this.set(custody.upkeep.status().replacement?.custodians.length ?? 0);
    },
  });
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  counter(
    'hypergate_custody_refreshed_total',
    'Keys that got new shares.',
    () => custody.upkeep.status().refreshed,
  );
  counter(
    'hypergate_custody_recovered_total',
    'Shares that were given back to a custodian.',
    () => custody.upkeep.status().recovered,
  );
  counter(
    'hypergate_custody_upkeep_failed_total',
    'Keys that could not be looked after, and other upkeep that failed.',
    () => custody.upkeep.status().failed,
  );
}
