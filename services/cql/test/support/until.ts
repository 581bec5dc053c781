/** Waits for something to become so. */
import { setTimeout as delay } from 'node:timers/promises';

export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(2);
}
