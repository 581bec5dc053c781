/** A real process, killed while functions run: the next one on its files runs them again. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Said } from './support/killed-process.ts';

const program = fileURLToPath(new URL('./support/killed-process.ts', import.meta.url));

/** Its first message; a process that ends before is a failure. */
async function heard(child: ChildProcess): Promise<Said> {
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the process ended: ${code ?? signal}`);
  });
  const [said] = (await Promise.race([once(child, 'message'), ended])) as [Said];
  ended.catch(() => undefined);
  return said;
}

test('events that ran when their process was killed run again in the next, and leave', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hypergate-events-'));
  const children: ChildProcess[] = [];
  const begin = (...args: string[]) => {
    const child = fork(program, [folder, ...args]);
    children.push(child);
    return child;
  };
  try {
    const first = begin('5', '5');
    const { running } = await heard(first);
    expect(running).toHaveLength(5);
    const killed = once(first, 'exit');
    first.kill('SIGKILL');
    await killed;
    const second = begin('0', '5');
    const { running: again } = await heard(second);
    expect([...again!].sort()).toEqual([...running!].sort());
    second.send('go on');
    expect(await heard(second)).toEqual({ left: 0 });
    await once(second, 'exit');
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await rm(folder, { recursive: true, maxRetries: 3 });
  }
});
