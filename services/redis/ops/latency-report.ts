/** LATENCY DOCTOR and LATENCY GRAPH: spikes in words and as a picture. */
import type { LatencyEvent, LatencyMonitor } from '../engine/latency-monitor.ts';

const causes: Readonly<Record<string, string>> = {
  command:
    'commands whose work grows with the data: SLOWLOG GET names them; ask for less at once, or split the key',
  'fast-command': 'a pause of the process (garbage collection, a busy machine) or very large values',
  'expire-cycle': 'many keys expire at the same time: spread their expiry',
  'eviction-cycle': 'memory is full and keys must go: raise maxmemory or write less',
};

export function latencyReport(monitor: LatencyMonitor): string {
  if (monitor.threshold === 0) {
    return 'Spikes are not recorded. CONFIG SET latency-monitor-threshold <milliseconds> starts it.\n';
  }
  if (monitor.events.size === 0) {
    return `No command or task took ${monitor.threshold} ms or longer since recording began or was reset.\n`;
  }
  const lines = [`Took ${monitor.threshold} ms or longer:`, ''];
  let number = 1;
  for (const [name, { samples, max }] of monitor.events) {
    const count = samples.length;
    const average = samples.reduce((sum, { latency }) => sum + latency, 0) / count;
    const deviation = samples.reduce((sum, { latency }) => sum + Math.abs(latency - average), 0) / count;
    const seconds = samples.at(-1)!.at - samples[0]!.at;
    const every = count > 1 ? `, one every ${(seconds / (count - 1)).toFixed(0)} s` : '';
    lines.push(
      `${number++}. ${name}: ${count} spikes, ${average.toFixed(0)} ms on average (mean deviation ` +
        `${deviation.toFixed(0)} ms)${every}, at most ${max} ms.`,
    );
    const cause = causes[name];
    if (cause !== undefined) lines.push(`   Usual cause: ${cause}.`);
  }
  return `${lines.join('\n')}\n`;
}

/** Characters from low to high, two rows of levels each. */
const rows = 4;
const columnsMax = 80;
const levels = ['_', 'o', '#'];

/** A column for each spike, oldest first, with its age below. */
export function latencyGraph(name: string, event: LatencyEvent, now: number): string {
  const samples = event.samples.slice(-columnsMax);
  const high = Math.max(...samples.map(({ latency }) => latency));
  const low = Math.min(...samples.map(({ latency }) => latency));
  const lines = [
    `${name} - high ${high} ms, low ${low} ms (all time high ${event.max} ms)`,
    '-'.repeat(columnsMax),
  ];
  const steps = rows * levels.length;
  const heights = samples.map(({ latency }) =>
    high === low ? 0 : Math.round(((latency - low) / (high - low)) * (steps - 1)),
  );
  for (let row = rows - 1; row >= 0; row--) {
    const line = heights.map((height) => {
      const within = height - row * levels.length;
      if (within < 0) return ' ';
      return within < levels.length ? levels[within]! : '|';
    });
    lines.push(line.join('').trimEnd());
  }
  lines.push('');
  const ages = samples.map(({ at }) => age(Math.max(0, Math.floor(now / 1000) - at)));
  const longest = Math.max(...ages.map(({ length }) => length));
  for (let i = 0; i < longest; i++)
    lines.push(
      ages
        .map((text) => text[i] ?? ' ')
        .join('')
        .trimEnd(),
    );
  return `${lines.join('\n')}\n`;
}

/** `5s`, `12m`, `3h`, `2d`: read downwards. */
function age(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
