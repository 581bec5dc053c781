/**
 * What a process costs, read from Linux's /proc: CPU of all its threads (also those that ended) and resident memory.
 * Other systems have no such files: callers there get an error that says so.
 */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessUsage {
  /** User plus system time of all threads since the process began, in seconds (10 ms steps). */
  readonly cpuSeconds: number;
  /** Resident set, in bytes. */
  readonly rssBytes: number;
}

/** USER_HZ: fixed at 100 on every Linux that Node supports (proc(5)). */
const ticksPerSecond = 100;

/** Throws when the process is gone or the system has no /proc. */
export function readUsage(pid: number): ProcessUsage {
  if (process.platform !== 'linux')
    throw new Error('CPU and memory of a child are read from /proc: Linux only');
  const { cpuSeconds } = parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const rss = /^VmRSS:\s+(\d+) kB$/m.exec(status);
  if (!Number.isFinite(cpuSeconds) || rss === null) throw new Error(`process ${pid} is ending`);
  return { cpuSeconds, rssBytes: Number(rss[1]) * 1024 };
}

/** CPU of living threads by name, in seconds since each began (10 ms steps); at most 15 characters of a name are kept. */
export function readThreads(pid: number): Map<string, number> {
  const byName = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const { name, cpuSeconds } = parseStat(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1'));
    byName.set(name, (byName.get(name) ?? 0) + cpuSeconds);
  }
  return byName;
}

function parseStat(stat: string): { readonly name: string; readonly cpuSeconds: number } {
  // The command name may hold spaces and brackets: fields are counted behind the last bracket (state is field 3).
  const bracket = stat.lastIndexOf(')');
  const fields = stat.slice(bracket + 2).split(' ');
  const cpuTicks = Number(fields[11]) + Number(fields[12]);
  return { name: stat.slice(stat.indexOf('(') + 1, bracket), cpuSeconds: cpuTicks / ticksPerSecond };
}

/** Samples resident memory until stopped; `stop()` gives the first and the highest value seen. */
export function watchRss(pid: number, everyMs = 50): { stop(): { startBytes: number; peakBytes: number } } {
  const startBytes = readUsage(pid).rssBytes;
  let peakBytes = startBytes;
  const timer = setInterval(() => {
    try {
      peakBytes = Math.max(peakBytes, readUsage(pid).rssBytes);
    } catch {
      clearInterval(timer); // The process ended: the peak so far stands.
    }
  }, everyMs);
  return {
    stop() {
      clearInterval(timer);
      return { startBytes, peakBytes };
    },
  };
}
