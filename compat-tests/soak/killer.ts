/**
 * Its own process: told by message when to begin, it waits and kills. `killer.ts PID DELAY_MS`. Neither the load client nor
 * the gateway knows when.
 */
const [pid, delayMs] = process.argv.slice(2).map(Number);
if (
  pid === undefined ||
  delayMs === undefined ||
  !Number.isInteger(pid) ||
  pid <= 1 ||
  !Number.isFinite(delayMs)
) {
  throw new Error('usage: killer.ts PID DELAY_MS');
}
process.once('message', () => {
  setTimeout(() => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      // It ended before: whoever started this process finds out by itself.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    process.disconnect();
  }, delayMs);
});
