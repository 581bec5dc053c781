/** Control groups of version 2: the gateway makes room for groups of functions in the group that it is in, and takes no one else's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { leafName, takeGroup } from '../isolation/delegated-group.ts';

const program = fileURLToPath(new URL('delegated-group-process.ts', import.meta.url));
const root = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find((folder) =>
  existsSync(join(folder, 'cgroup.controllers')),
);
const words = (file: string) => readFileSync(file, 'latin1').trim().split(/\s+/).filter(Boolean);

/** One that the machine divides at its root, or could. */
let controller: string | undefined;
let wasGiven = true;
beforeAll(() => {
  if (root === undefined || process.getuid?.() !== 0) return;
  const control = join(root, 'cgroup.subtree_control');
  [controller] = words(control);
  wasGiven = controller !== undefined;
  [controller = undefined] = wasGiven ? [controller] : words(join(root, 'cgroup.controllers'));
  try {
    if (!wasGiven && controller !== undefined) writeFileSync(control, `+${controller}`);
  } catch {
    // Groups are shown here, and are not for this user to change.
    controller = undefined;
  }
});
afterAll(() => {
  if (!wasGiven && controller !== undefined)
    writeFileSync(join(root!, 'cgroup.subtree_control'), `-${controller}`);
});

let folder: string;
let started: ChildProcess[] = [];
beforeEach(() => {
  folder = join(root ?? '', `test-${randomBytes(8).toString('hex')}`);
  if (controller !== undefined) mkdirSync(folder);
});
afterEach(async () => {
  for (const child of started) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  started = [];
  // What it started ends a little later.
  for (const one of [join(folder, leafName), folder])
    if (existsSync(one)) await expect.poll(() => gone(one)).toBe(true);
});

function gone(place: string): boolean {
  try {
    rmdirSync(place);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
    return false;
  }
  return true;
}

const start = (command: string, ...args: string[]) => {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  started.push(child);
  return child;
};

interface Said {
  readonly taken?: string;
  readonly error?: string;
  readonly pids: readonly number[];
}

/** In the group, with a process that it started itself. */
async function take(): Promise<Said> {
  const child = start(process.execPath, program, folder, controller!);
  for await (const line of createInterface({ input: child.stdout! })) return JSON.parse(line) as Said;
  throw new Error('it said nothing');
}
/** Where groups cannot be made. */
const takesNothing = () => expect(() => takeGroup(folder, ['memory'])).toThrow(/EACCES|ENOENT|EPERM|EROFS/);
const members = (place: string) => words(join(place, 'cgroup.procs')).map(Number);

describe('a process in a group of its own', () => {
  test('goes into a leaf with what it started, and others can be made beside it', async () => {
    if (controller === undefined) return takesNothing();
    const { taken, pids } = await take();
    expect(taken).toBe(folder);
    expect(members(folder)).toEqual([]);
    expect(members(join(folder, leafName)).sort()).toEqual([...pids].sort());
    expect(words(join(folder, 'cgroup.subtree_control'))).toContain(controller);
    const beside = join(folder, 'beside');
    mkdirSync(beside);
    expect(words(join(beside, 'cgroup.controllers'))).toContain(controller);
    rmdirSync(beside);
  });

  test('takes no group in which somebody else is, and moves nobody', async () => {
    if (controller === undefined) return takesNothing();
    const other = start('sleep', '1000');
    await once(other, 'spawn');
    writeFileSync(join(folder, 'cgroup.procs'), String(other.pid));
    const { error, taken, pids } = await take();
    expect([taken, error]).toEqual([undefined, 'others are in its control group']);
    expect(members(folder).sort()).toEqual([other.pid!, ...pids].sort());
    expect(existsSync(join(folder, leafName))).toBe(false);
    expect(words(join(folder, 'cgroup.subtree_control'))).toEqual([]);
  });
});
