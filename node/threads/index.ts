/**
 * How threads and processes of the program run: what they are told, and who gives way to whom.
 *
 * What only has to be done soon gives way to what someone waits for. On Linux a priority belongs to a thread, and threads that
 * it starts inherit it (setpriority(2), "C library/kernel differences"); elsewhere it belongs to the process, and stays.
 */
import { constants, getPriority, setPriority } from 'node:os';

const { PRIORITY_BELOW_NORMAL: background } = constants.priority;

/**
 * The thread that calls, and threads it starts from now on, run behind others when there are not cores for all. One that is
 * further behind already, because whoever started the process wanted it so, stays there.
 */
export function runInBackground(): void {
  if (process.platform !== 'linux') return;
  try {
    // Larger numbers are lower priorities.
    if (getPriority() < background) setPriority(background);
  } catch {
    // Where a sandbox forbids it, all threads are equal.
  }
}

/**
 * Environment of a thread or process that is to know nothing of this one's: only where compiled code is kept, if it is. Without that
 * each start takes the types out of all its code again, 0.5 s of processor time for a party of a computation instead of 0.15 s. Measured.
 */
export function bareEnvironment(): { NODE_COMPILE_CACHE?: string } {
  const { NODE_COMPILE_CACHE } = process.env;
  return NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
}
