/** The processes of a gateway and what they hold of memory, read from Linux's /proc. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  /** Arguments, joined by spaces. */
  readonly command: string;
}

/** A process with all that descend from it; the first is the process itself. */
export function processTree(pid: number): ProcessFacts[] {
  const children = new Map<number, ProcessFacts[]>();
  let root: ProcessFacts | undefined;
  for (const each of allProcesses()) {
    if (each.pid === pid) root = each;
    const siblings = children.get(each.parent);
    if (siblings === undefined) children.set(each.parent, [each]);
    else siblings.push(each);
  }
  if (root === undefined) return [];
  const found = [root];
  for (const each of found) found.push(...(children.get(each.pid) ?? []));
  return found;
}

/** Memory that is theirs alone and their share of what they have in common, in bytes. */
export function proportionalBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const pss = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'));
    return sum + Number(pss?.[1] ?? 0) * 1024;
  }, 0);
}

function* allProcesses(): Iterable<ProcessFacts> {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').join(' ').trim();
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      yield { pid: Number(name), parent, command };
    } catch {
      // It ended meanwhile.
    }
  }
}
