/**
 * Counters of the AWS port. prom-client hashes every label set at each observation, several microseconds per request;
 * so requests are counted in plain numbers, which become samples when `/metrics` is read.
 */
import { Counter, Gauge, type Metric, type Registry } from 'prom-client';

/** Upper bounds in seconds, 0.5 ms to 30 s. */
const latencyBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Label sets kept; operations and statuses come from tables, so only a fault could exceed this. */
const seriesMax = 10_000;

class Series {
  readonly labels: { readonly service: string; readonly operation: string; readonly status: string };
  requests = 0;
  bytesIn = 0;
  bytesOut = 0;
  seconds = 0;
  /** Per bound, not cumulative; the last one counts what is above all bounds. */
  readonly buckets = new Float64Array(latencyBounds.length + 1);

  constructor(service: string, operation: string, status: number) {
    this.labels = { service, operation, status: String(status) };
  }
}

interface Sample {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly metricName: string;
}

const latencyName = 'hypergate_aws_request_duration_seconds';

/** A histogram for prom-client's registry whose samples come from the plain numbers. */
function registerLatency(registry: Registry, all: () => Iterable<Series>): void {
  const metric = {
    name: latencyName,
    get: async () => ({
      name: latencyName,
      help: 'Time from the headers of a request to the end of its response.',
      type: 'histogram',
      aggregator: 'sum',
      values: [...all()].flatMap(latencySamples),
    }),
    reset: () => {},
  };
  // A registry asks its metrics for no more than a name and `get`; the declared type is that of its own classes.
  registry.registerMetric(metric as unknown as Metric);
}

function latencySamples(series: Series): Sample[] {
  const samples: Sample[] = [];
  let count = 0;
  for (let i = 0; i <= latencyBounds.length; i += 1) {
    count += series.buckets[i]!;
    samples.push({
      value: count,
      labels: { ...series.labels, le: latencyBounds[i] ?? '+Inf' },
      metricName: `${latencyName}_bucket`,
    });
  }
  samples.push({ value: series.seconds, labels: series.labels, metricName: `${latencyName}_sum` });
  samples.push({ value: count, labels: series.labels, metricName: `${latencyName}_count` });
  return samples;
}

export class PortMetrics {
  readonly #series = new Map<string, Map<number, Series>>();
  #seriesCount = 0;

  /** @param inFlight read when metrics are */
  constructor(registry: Registry, inFlight: () => number) {
    const all = () => this.#all();
    counter(registry, 'hypergate_aws_requests_total', 'Requests answered.', all, (one) => one.requests);
    counter(
      registry,
      'hypergate_aws_request_bytes_total',
      'Request body bytes as declared.',
      all,
      (one) => one.bytesIn,
    );
    counter(
      registry,
      'hypergate_aws_response_bytes_total',
      'Response body bytes written.',
      all,
      (one) => one.bytesOut,
    );
    registerLatency(registry, all);
    new Gauge({
      name: 'hypergate_aws_requests_in_flight',
      help: 'Requests being answered now.',
      registers: [registry],
      collect() {
        this.set(inFlight());
      },
    });
  }

  record(
    service: string,
    operation: string,
    status: number,
    measured: { readonly seconds: number; readonly bytesIn: number; readonly bytesOut: number },
  ): void {
    const series = this.#find(service, operation, status);
    if (series === undefined) return;
    series.requests += 1;
    series.seconds += measured.seconds;
    series.bytesIn += measured.bytesIn;
    series.bytesOut += measured.bytesOut;
    let bucket = 0;
    while (bucket < latencyBounds.length && measured.seconds > latencyBounds[bucket]!) bucket += 1;
    series.buckets[bucket]! += 1;
  }

  #find(service: string, operation: string, status: number): Series | undefined {
    const key = `${service}.${operation}`;
    let byStatus = this.#series.get(key);
    let series = byStatus?.get(status);
    if (series !== undefined) return series;
    if (this.#seriesCount >= seriesMax) return undefined;
    if (byStatus === undefined) {
      byStatus = new Map();
      this.#series.set(key, byStatus);
    }
    series = new Series(service, operation, status);
    byStatus.set(status, series);
    this.#seriesCount += 1;
    return series;
  }

  *#all(): Iterable<Series> {
    for (const byStatus of this.#series.values()) yield* byStatus.values();
  }
}

function counter(
  registry: Registry,
  name: string,
  help: string,
  all: () => Iterable<Series>,
  read: (series: Series) => number,
): void {
  new Counter({
    name,
    help,
    labelNames: ['service', 'operation', 'status'] as const,
    registers: [registry],
    collect() {
      this.reset();
      for (const series of all()) this.inc(series.labels, read(series));
    },
  });
}
