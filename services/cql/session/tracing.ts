/**
 * Traces: what a request went through and how long it took, written to `system_traces` behind the answer, which names the trace.
 * Statements are in it as clients of the server may read them; those with passwords are not.
 */
import { performance } from 'node:perf_hooks';
import type { Mutation } from '../engine/model.ts';
import type { Storage, WriteClock } from '../engine/storage.ts';
import { rowMutation, systemTable, type WriteTime } from '../system/table-rows.ts';
import { bigintValue, inetValue, intValue, mapValue, textValue } from '../system/values.ts';
import { sessionLimits } from './limits.ts';

const sessions = systemTable('system_traces', 'sessions');
const events = systemTable('system_traces', 'events');
const { traceTtl, traceTextMax, traceEventsMax, tracesAtOnce } = sessionLimits;

interface TraceEvent {
  /** A time UUID of the moment: clients show when it was. */
  readonly id: Uint8Array;
  readonly activity: string;
  /** Microseconds since the request came. */
  readonly elapsed: number;
}

export interface TracedRequest {
  readonly client: string;
  readonly request: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export class Trace {
  readonly id: Uint8Array;
  readonly events: TraceEvent[] = [];
  readonly startedAt: number;
  private readonly began = performance.now();
  private readonly timeUuid: () => Uint8Array;

  constructor(timeUuid: () => Uint8Array, startedAt: number) {
    this.timeUuid = timeUuid;
    this.id = timeUuid();
    this.startedAt = startedAt;
  }

  get elapsed(): number {
    return Math.round((performance.now() - this.began) * 1000);
  }

  note(activity: string): void {
    if (this.events.length >= traceEventsMax) return;
    this.events.push({ id: this.timeUuid(), activity, elapsed: this.elapsed });
  }
}

export interface TracingModules {
  readonly storage: Storage;
  readonly clock: WriteClock;
  readonly now: () => number;
  readonly timeUuid: () => Uint8Array;
  readonly node: () => { readonly address: string; readonly port: number };
  /** A trace could not be written. */
  readonly failed: (error: unknown) => void;
}

export class Tracing {
  private readonly modules: TracingModules;
  private writing = 0;

  constructor(modules: TracingModules) {
    this.modules = modules;
  }

  /** Undefined while too many are being written. */
  begin(): Trace | undefined {
    if (this.writing >= tracesAtOnce) return undefined;
    return new Trace(this.modules.timeUuid, this.modules.now());
  }

  /** The request has its answer. Goes on behind it. */
  finish(trace: Trace, traced: TracedRequest): void {
    this.writing++;
    this.modules.storage
      .write(this.mutations(trace, traced))
      .catch(this.modules.failed)
      .finally(() => this.writing--);
  }

  private mutations(trace: Trace, { client, request, parameters }: TracedRequest): Mutation[] {
    const { clock, now, node } = this.modules;
    const time: WriteTime = { timestamp: clock.next(), now: Math.floor(now() / 1000), ttl: traceTtl };
    const { address, port } = node();
    const duration = trace.elapsed;
    const session = rowMutation(
      sessions,
      {
        session_id: trace.id,
        client: inetValue(client),
        command: textValue('QUERY'),
        coordinator: inetValue(address),
        coordinator_port: intValue(port),
        duration: intValue(duration),
        parameters: mapValue(parameters),
        request: textValue(request),
        started_at: bigintValue(trace.startedAt),
      },
      time,
    );
    const steps = trace.events.map(({ id, activity, elapsed }) =>
      rowMutation(
        events,
        {
          session_id: trace.id,
          event_id: id,
          activity: textValue(activity),
          source: inetValue(address),
          source_elapsed: intValue(elapsed),
          source_port: intValue(port),
          thread: textValue('Native-Transport-Requests'),
        },
        time,
      ),
    );
    return [session, ...steps];
  }
}

/** A statement's text as a trace shows it. */
export function tracedText(text: string): string {
  return text.length > traceTextMax ? `${text.slice(0, traceTextMax)}…` : text;
}
