/** Starts `gateway-process.ts`, and sees what it started. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Isolation } from '../api.ts';

const program = fileURLToPath(new URL('gateway-process.ts', import.meta.url));

export interface Gateway {
  readonly child: ChildProcess;
  readonly isolation: Isolation;
  /** Why a function that is not trusted does not run in it. */
  readonly refused: string | undefined;
  readonly folder: string;
}

/** @param before what it is started by */
export async function startGateway(before: readonly string[] = []): Promise<Gateway> {
  const [command, ...args] = [...before, process.execPath, program];
  const child = spawn(command!, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout! }))
    return { child, ...(JSON.parse(line) as Omit<Gateway, 'child'>) };
  throw new Error('it ended before it was ready');
}

/** A process that is not taken for a later one of the same number. */
export interface Seen {
  readonly pid: number;
  readonly startedAt: string;
}

interface Status extends Seen {
  readonly parent: number;
  readonly isOver: boolean;
}

function statusOf(pid: number): Status | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { pid, parent: Number(fields[1]), startedAt: fields[19]!, isOver: /^[ZX]$/.test(fields[0]!) };
  } catch {
    return undefined;
  }
}

/** Of a process: all that it and its children started. */
export function startedBy(pid: number): readonly Seen[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statusOf(Number(name)))
    .filter((status) => status !== undefined);
  const found = new Set([pid]);
  for (const one of found) for (const { pid, parent } of all) if (parent === one) found.add(pid);
  return all.filter(({ pid: one }) => one !== pid && found.has(one));
}

/** Those that still run; whoever is over may wait for a parent that looks. */
export function running(seen: readonly Seen[]): readonly number[] {
  return seen
    .filter(({ pid, startedAt }) => {
      const now = statusOf(pid);
      return now?.startedAt === startedAt && !now.isOver;
    })
    .map(({ pid }) => pid);
}
