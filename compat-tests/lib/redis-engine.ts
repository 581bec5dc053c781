/** Finds the process of the Redis engine, read from Linux's /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** The child of the gateway that runs the engine. */
export function engineOf(gateway: number): number {
  for (const task of readdirSync(`/proc/${gateway}/task`)) {
    const children = readFileSync(`/proc/${gateway}/task/${task}/children`, 'utf8').trim();
    for (const pid of children.split(' ').filter((text) => text !== '')) {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('engine-main')) return Number(pid);
    }
  }
  throw new Error('the gateway has no engine process');
}
