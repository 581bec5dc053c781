/**
 * Metrics of the process, taken when somebody asks. The library's own default set keeps a timer of the event loop running, which
 * costs an idle gateway more than everything else together.
 */
import { Counter, Gauge, Registry } from 'prom-client';
import { version } from '../version.ts';

export function createMetrics(): Registry {
  const registry = new Registry();
  const registers = [registry];
  new Gauge({
    name: 'hypergate_build_info',
    help: 'Always 1; the labels tell the versions.',
    labelNames: ['version', 'runtime'],
    registers,
  }).set({ version, runtime: process.version }, 1);
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system time of all threads.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Memory of the process that is in RAM.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: 'process_heap_used_bytes',
    help: 'JavaScript heap in use.',
    registers,
    collect() {
      this.set(process.memoryUsage().heapUsed);
    },
  });
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'When the process started, in seconds since 1970.',
    registers,
  }).set(performance.timeOrigin / 1000);
  return registry;
}
