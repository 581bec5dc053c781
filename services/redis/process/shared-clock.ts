/** Milliseconds, with fractions, of a clock that never goes back and is the same in all processes of this machine. */
export function sharedClockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
