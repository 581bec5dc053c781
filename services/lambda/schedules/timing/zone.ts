/** Clocks of time zones: what a wall clock shows at a moment, and the moment at which it shows something. */

const dayMs = 24 * 3_600_000;
const formats = new Map<string, Intl.DateTimeFormat>();
/** There are about six hundred names. */
const formatsMax = 1000;

/** @throws RangeError for a name that is no time zone */
function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    if (formats.size < formatsMax) formats.set(zone, format);
  }
  return format;
}

/** A name of the time zone database; offsets like `+02:00` are none. */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z][\w+/-]*$/.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** What the wall clock shows, as milliseconds as if it were UTC. Years before 1 are none of ours. */
export function wallOf(zone: string, instantMs: number): number {
  if (zone === 'UTC') return instantMs;
  const part: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(instantMs)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  const fraction = ((instantMs % 1000) + 1000) % 1000;
  return Date.UTC(year, month - 1, day, hour, minute, second) + fraction;
}

/** The first moment at which the clock shows this; undefined when it never does, as it was put forward over it. */
export function instantOf(zone: string, wallMs: number): number | undefined {
  if (zone === 'UTC') return wallMs;
  // Offsets a day before and after: of those that hold at all, the larger one is that of the first time.
  const offsets = [wallMs - dayMs, wallMs + dayMs].map((near) => wallOf(zone, near) - near);
  const found = offsets.map((offset) => wallMs - offset).filter((one) => wallOf(zone, one) === wallMs);
  return found.length === 0 ? undefined : Math.min(...found);
}
