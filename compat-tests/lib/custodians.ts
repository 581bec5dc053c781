/** Processes of the custodians behind a started gateway, found in Linux's /proc: children of the gateway that run the custodian's entry. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Ids of processes by the custodian's index; one that is not up far enough to have opened its store is not among them. */
export function custodianPids(gatewayPid: number): Map<number, number> {
  const pids = new Map<number, number>();
  for (const pid of childrenOf(gatewayPid)) {
    const index = indexOf(pid);
    if (index !== undefined) pids.set(index, pid);
  }
  return pids;
}

/** Waits until so many custodians have a process with an open store. @throws after `withinMs` */
export async function untilCustodians(
  gatewayPid: number,
  count: number,
  withinMs = 120_000,
): Promise<Map<number, number>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const pids = custodianPids(gatewayPid);
    if (pids.size >= count) return pids;
    if (performance.now() > deadline) throw new Error(`${pids.size} custodians run, not ${count}`);
    await sleep(20);
  }
}

/** All child processes, whatever they are. */
export function childrenOf(pid: number): number[] {
  const children: number[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // The parent is the second field behind the name, which may hold brackets and spaces.
    const stat = readOf(`/proc/${name}/stat`);
    const parent = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
    if (Number(parent) === pid) children.push(Number(name));
  }
  return children;
}

/** Arguments do not say which custodian a process is; the files it has open do. */
function indexOf(pid: number): number | undefined {
  if (!readOf(`/proc/${pid}/cmdline`)?.includes('custodian/entry.mjs')) return undefined;
  for (const path of openFiles(pid)) {
    const index = /\/custodians\/(\d+)\/store\//.exec(path)?.[1];
    if (index !== undefined) return Number(index);
  }
  return undefined;
}

function openFiles(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
      } catch (error) {
        return absent(error, []);
      }
    });
  } catch (error) {
    return absent(error, []);
  }
}

function readOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    return absent(error, undefined);
  }
}

/** The process ended, or the file was closed, since it was listed. */
function absent<Value>(error: unknown, value: Value): Value {
  if (['ENOENT', 'ESRCH'].includes(String((error as NodeJS.ErrnoException).code))) return value;
  throw error;
}
