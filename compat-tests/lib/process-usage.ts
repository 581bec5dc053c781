/**
 * What a process costs, read from Linux's /proc: CPU of all its threads (also those that ended) and resident memory.
 * Other systems have no such files: callers there get an error that says so.
 */
import { readFileSync } from 'node:fs';

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
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The command name may hold spaces and brackets: fields are counted behind the last bracket (state is field 3).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const cpuTicks = Number(fields[11]) + Number(fields[12]);
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const rss = /^VmRSS:\s+(\d+) kB$/m.exec(status);
  if (!Number.isFinite(cpuTicks) || rss === null) throw new Error(`process ${pid} is ending`);
  return { cpuSeconds: cpuTicks / ticksPerSecond, rssBytes: Number(rss[1]) * 1024 };
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
