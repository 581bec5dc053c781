/**
 * What only has to be done soon gives way to what someone waits for. On Linux a priority belongs to a thread, and threads that
 * it starts inherit it (setpriority(2), "C library/kernel differences"); elsewhere it belongs to the process, and stays.
 */
import { constants, setPriority } from 'node:os';

/** The thread that calls, and threads it starts from now on, run behind others when there are not cores for all. */
export function runInBackground(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Where a sandbox forbids it, all threads are equal.
  }
}
