/** Says how far long work at the start has come: nothing for what is quick, then one line in each `recoveryNoticeMs`. */
import { serverLimits } from '../limits.ts';

export interface ProgressModules {
  /** Milliseconds of a clock that never goes back. */
  readonly monotonicMs: () => number;
  readonly say: (line: string) => void;
}

/** @returns to be called with what is done, and of how much when that is known */
export function createProgress(
  what: string,
  { monotonicMs, say }: ProgressModules,
): (done: number, total: number | undefined) => void {
  let said = monotonicMs();
  return (done, total) => {
    const now = monotonicMs();
    if (now - said < serverLimits.recoveryNoticeMs) return;
    said = now;
    const share =
      total === undefined || total <= 0 ? '' : ` of ${total} (${Math.floor((done / total) * 100)} %)`;
    say(`${what}: ${done}${share}`);
  };
}
