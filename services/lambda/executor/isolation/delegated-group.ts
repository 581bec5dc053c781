/**
 * A control group of version 2 with groups of ours below it. The kernel lets a group hold processes or divide its means among groups, and not both
 * ("No Internal Process Constraint", Documentation/admin-guide/cgroup-v2.rst), so the gateway first moves into a leaf of its own, with what it
 * started and what that was started by. It does that where nobody else is in the group: then a service manager, or whoever made it, delegated it (cgroups(7)).
 */
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { executorLimits } from '../limits.ts';

/** Where the gateway itself goes. */
export const leafName = 'hypergate-gateway';

/**
 * @param own the group that this process is in
 * @param wanted controllers, all of them available there
 * @returns the folder in which groups with these controllers can be made
 * @throws Error with a sentence, or of the file system, where it is not ours
 */
export function takeGroup(own: string, wanted: readonly string[]): string {
  // Of another executor of this process, or of a process that started this one.
  const folder = basename(own) === leafName ? dirname(own) : own;
  const control = join(folder, 'cgroup.subtree_control');
  const given = readFileSync(control, 'latin1').trim().split(' ');
  if (wanted.every((controller) => given.includes(controller))) return folder;
  const asked = wanted.map((controller) => `+${controller}`).join(' ');
  // The root of all groups may hold processes, and one that holds none needs nobody to move.
  if (canWrite(control, asked)) return folder;
  const leaf = join(folder, leafName);
  mkdirSync(leaf, { recursive: true, mode: 0o755 });
  try {
    moveIn(folder, leaf, control, asked);
  } catch (error) {
    removeEmpty(leaf);
    throw error;
  }
  return folder;
}

function moveIn(folder: string, leaf: string, control: string, asked: string): void {
  for (let tries = 0; tries < executorLimits.controlGroupTries; tries++) {
    const members = processesOf(folder);
    if (!members.every((pid) => isOurs(pid))) throw new Error('others are in its control group');
    for (const pid of members) move(pid, leaf);
    // Meanwhile one of them may have started another.
    if (canWrite(control, asked)) return;
  }
  throw new Error('its control group cannot be divided');
}

const processesOf = (folder: string): readonly number[] =>
  readFileSync(join(folder, 'cgroup.procs'), 'latin1').split('\n').filter(Boolean).map(Number);

function move(pid: number, leaf: string): void {
  try {
    writeFileSync(join(leaf, 'cgroup.procs'), String(pid));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function canWrite(file: string, text: string): boolean {
  try {
    writeFileSync(file, text);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EBUSY') return false;
    throw error;
  }
}

function removeEmpty(leaf: string): void {
  try {
    rmdirSync(leaf);
  } catch {
    // Somebody went there already: it is a place like the one before.
  }
}

/** This process, what it started, and those that started it and wait: a launcher, the first process of a container. One that is gone is nobody's. */
function isOurs(pid: number): boolean {
  return (
    lineOf(process.pid).includes(pid) || lineOf(pid).includes(process.pid) || parentOf(pid) === undefined
  );
}

/** A process and all above it. */
function lineOf(pid: number): readonly number[] {
  const line: number[] = [];
  for (let one: number | undefined = pid; one !== undefined && one > 0; one = parentOf(one)) line.push(one);
  return line;
}

function parentOf(pid: number): number | undefined {
  try {
    const [, parent] = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
    return parent === undefined ? undefined : Number(parent);
  } catch {
    return undefined;
  }
}
