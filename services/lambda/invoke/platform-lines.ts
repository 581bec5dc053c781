/**
 * Lines that Lambda itself writes into a function's log: as text, or as JSON with the levels of the developer guide ("log-level
 * filtering", "Telemetry API event schema").
 */
import { runtimeVersionArn } from '../engine/runtimes.ts';
import type { FunctionFailure, LogLine } from '../executor/api.ts';
import type { VersionRow } from '../model/function-rows.ts';
import { failureText } from './failure-body.ts';

export interface Report {
  readonly requestId: string;
  readonly durationMs: number;
  readonly billedMs: number;
  readonly memoryUsedMb: number;
  /** Of a cold start. */
  readonly initMs: number | undefined;
  readonly failure: FunctionFailure | undefined;
  /** Undefined without a failure. */
  readonly errorType: string | undefined;
}

/** A function's own, made once for all its invocations. */
export interface PlatformLines {
  initStart(nowMs: number, isOnDemand: boolean): LogLine[];
  /** Only what failed is reported by itself; else it stands in the first REPORT. */
  initFailed(nowMs: number, initMs: number, isTimeout: boolean, errorType: string): LogLine[];
  start(nowMs: number, requestId: string): LogLine[];
  end(nowMs: number, report: Report): LogLine[];
}

export function platformLines(region: string, version: VersionRow): PlatformLines {
  return version.logging.format === 'JSON' ? jsonLines(region, version) : textLines(region, version);
}

function textLines(region: string, version: VersionRow): PlatformLines {
  const { timeoutSeconds, memoryMb } = version;
  const runtime = runtimeOf(region, version);
  const initStart = `INIT_START Runtime Version: ${runtime.version}\tRuntime Version ARN: ${runtime.arn}\n`;
  return {
    initStart: (timeMs) => [{ timeMs, message: initStart }],
    initFailed: (timeMs, initMs, isTimeout, errorType) => {
      const status = isTimeout ? 'timeout' : `error\tError Type: ${errorType}`;
      const message = `INIT_REPORT Init Duration: ${initMs.toFixed(2)} ms\tPhase: init\tStatus: ${status}\n`;
      return [{ timeMs, message }];
    },
    start: (timeMs, requestId) => [
      { timeMs, message: `START RequestId: ${requestId} Version: ${version.version}\n` },
    ],
    end(timeMs, report) {
      const { requestId, initMs, failure } = report;
      const lines: LogLine[] = [];
      if (failure !== undefined) {
        const message = failureLine(timeMs, requestId, failure, timeoutSeconds * 1000);
        if (message !== undefined) lines.push({ timeMs, message });
      }
      const init = initMs === undefined ? '' : `\tInit Duration: ${initMs.toFixed(2)} ms`;
      const status =
        failure === undefined || failure.kind === 'handler'
          ? ''
          : failure.kind === 'timeout'
            ? '\tStatus: timeout'
            : `\tStatus: error\tError Type: ${report.errorType}`;
      lines.push(
        { timeMs, message: `END RequestId: ${requestId}\n` },
        {
          timeMs,
          message: `REPORT RequestId: ${requestId}\tDuration: ${report.durationMs.toFixed(2)} ms\tBilled Duration: ${report.billedMs} ms\tMemory Size: ${memoryMb} MB\tMax Memory Used: ${report.memoryUsedMb} MB${init}${status}\t\n`,
        },
      );
      return lines;
    },
  };
}

function failureLine(
  timeMs: number,
  requestId: string,
  failure: FunctionFailure,
  timeoutMs: number,
): string | undefined {
  const { sentence, errorType } = failureText(failure, timeoutMs);
  if (sentence === undefined) return undefined;
  return failure.kind === 'timeout'
    ? `${new Date(timeMs).toISOString()} ${requestId} ${sentence}\n\n`
    : `RequestId: ${requestId} Error: ${sentence}\n${errorType}\n`;
}

function jsonLines(region: string, version: VersionRow): PlatformLines {
  const runtime = runtimeOf(region, version);
  const least = levels[version.logging.systemLevel ?? 'INFO'];
  const line = (
    level: keyof typeof levels,
    timeMs: number,
    type: string,
    record: Readonly<Record<string, unknown>>,
  ): LogLine[] => {
    if (levels[level] < least) return [];
    return [{ timeMs, message: JSON.stringify({ time: new Date(timeMs).toISOString(), type, record }) }];
  };
  return {
    initStart: (timeMs, isOnDemand) =>
      line('INFO', timeMs, 'platform.initStart', {
        initializationType: isOnDemand ? 'on-demand' : 'provisioned-concurrency',
        phase: 'init',
        runtimeVersion: runtime.version,
        runtimeVersionArn: runtime.arn,
        functionName: version.functionName,
        functionVersion: version.version,
      }),
    initFailed: (timeMs, initMs, isTimeout, errorType) =>
      line('WARN', timeMs, 'platform.initReport', {
        phase: 'init',
        status: isTimeout ? 'timeout' : 'error',
        ...(isTimeout ? {} : { errorType }),
        metrics: { durationMs: rounded(initMs) },
      }),
    start: (timeMs, requestId) =>
      line('INFO', timeMs, 'platform.start', { requestId, version: version.version }),
    end(timeMs, { requestId, durationMs, billedMs, memoryUsedMb, initMs, failure, errorType }) {
      const level = failure === undefined ? 'INFO' : 'WARN';
      const status = failure === undefined ? 'success' : failure.kind === 'timeout' ? 'timeout' : 'error';
      const named = status === 'error' ? { errorType } : {};
      return [
        ...line(failure === undefined ? 'DEBUG' : level, timeMs, 'platform.runtimeDone', {
          requestId,
          status,
          ...named,
          metrics: { durationMs: rounded(durationMs) },
        }),
        ...line(level, timeMs, 'platform.report', {
          requestId,
          metrics: {
            durationMs: rounded(durationMs),
            billedDurationMs: billedMs,
            memorySizeMB: version.memoryMb,
            maxMemoryUsedMB: memoryUsedMb,
            ...(initMs === undefined ? {} : { initDurationMs: rounded(initMs) }),
          },
          status,
          ...named,
        }),
      ];
    },
  };
}

const levels = { DEBUG: 0, INFO: 1, WARN: 2 } as const;
const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;

/** `nodejs24.x` is shown as `nodejs:24.v1`; its ARN is the one that the function's configuration shows. */
function runtimeOf(region: string, { runtime, runtimeUpdate }: VersionRow) {
  const found = /^([a-z]+)([0-9][0-9.]*?)(?:\.x)?$/.exec(runtime);
  const version = found === null ? `${runtime}.v1` : `${found[1]}:${found[2]}.v1`;
  return {
    version,
    arn: runtimeUpdate.arn ?? runtimeVersionArn(runtime, region),
  };
}
