/** What this service counts beside the port's own metrics of requests. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export class KmsMetrics {
  /** Waiting for custodians, by kind of task. */
  readonly custodySeconds: Histogram<'task' | 'outcome'>;
  readonly controlsTotal: Counter<'outcome'>;
  readonly outcomesLostTotal: Counter;

  /** @param openControls how many control calls custodians do not have yet */
  constructor(registry: Registry, openControls: () => number) {
    const registers = [registry];
    this.custodySeconds = new Histogram({
      name: 'hypergate_kms_custody_seconds',
      help: 'Time that custodians took for a task',
      labelNames: ['task', 'outcome'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120],
      registers,
    });
    this.controlsTotal = new Counter({
      name: 'hypergate_kms_control_calls_total',
      help: 'Calls that change what others are checked against, by whether custodians took them in',
      labelNames: ['outcome'],
      registers,
    });
    this.outcomesLostTotal = new Counter({
      name: 'hypergate_kms_outcomes_lost_total',
      help: 'Calls whose end could not be added to the audit trail',
      registers,
    });
    new Gauge({
      name: 'hypergate_kms_open_control_calls',
      help: 'Recorded control calls that custodians do not have yet',
      registers,
      collect() {
        this.set(openControls());
      },
    });
  }
}
