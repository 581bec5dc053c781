/** Repetitions of several measurements in turns, so that what else the machine does meets all of them. */
import { median } from '../summary.ts';

/** One repetition. @returns numbers by name, of which the first few rounds are not taken */
export type Measure = () => Promise<Readonly<Record<string, number>>>;

export interface Series {
  /** By name, one for each round. */
  readonly values: Readonly<Record<string, readonly number[]>>;
}

export async function inTurns(
  measures: Readonly<Record<string, Measure>>,
  rounds: number,
  warmUp = 0,
): Promise<Readonly<Record<string, Series>>> {
  const all: Record<string, { values: Record<string, number[]> }> = {};
  for (let round = -warmUp; round < rounds; round++) {
    for (const [name, measure] of Object.entries(measures)) {
      const figures = await measure();
      if (round < 0) continue;
      const { values } = (all[name] ??= { values: {} });
      for (const [key, value] of Object.entries(figures)) (values[key] ??= []).push(value);
    }
  }
  return all;
}

/** Of so many a second, or of so long. */
export type Better = 'more' | 'less';

/** Median and best of what was measured. */
export function summaryOf(
  series: Series | undefined,
  key: string,
  better: Better,
): { readonly median: number; readonly best: number } {
  const values = series?.values[key];
  if (values === undefined) throw new Error(`nobody measured ${key}`);
  return {
    median: median(values),
    best: better === 'more' ? Math.max(...values) : Math.min(...values),
  };
}
