/** What the benchmark prints: median and best of each figure, and what is to be reached. */
import { figure, type Unit } from '../proving/rows.ts';
import { type Better, type Series, summaryOf } from './series.ts';

export interface MpcRow {
  readonly what: string;
  readonly median: number;
  readonly best: number;
  readonly unit: Unit;
  readonly reach?: { readonly atMost: number } | { readonly atLeast: number };
  readonly note?: string;
}

export type Verdict = 'ok' | 'ok at best' | 'missed';

/** On a machine that does other things too, the best repetition is nearest to what the work costs. */
export function verdictOf({ median, best, reach }: MpcRow): Verdict | undefined {
  if (reach === undefined) return undefined;
  const holds = (value: number) => ('atMost' in reach ? value <= reach.atMost : value >= reach.atLeast);
  if (holds(median)) return 'ok';
  return holds(best) ? 'ok at best' : 'missed';
}

export interface RowOptions {
  readonly unit: Unit;
  readonly better: Better;
  readonly reach?: MpcRow['reach'];
  readonly note?: string;
}

export function rowOf(
  what: string,
  series: Series | undefined,
  key: string,
  { unit, better, reach, note }: RowOptions,
): MpcRow {
  const { median, best } = summaryOf(series, key, better);
  return {
    what,
    median,
    best,
    unit,
    ...(reach === undefined ? {} : { reach }),
    ...(note === undefined ? {} : { note }),
  };
}

export function tableOf(rows: readonly MpcRow[]): string {
  const cells = rows.map((row) => [
    row.what,
    figure(row.median, row.unit),
    figure(row.best, row.unit),
    reachText(row),
    verdictOf(row) ?? '',
    row.note ?? '',
  ]);
  const all = [['', 'median', 'best', 'figure', '', ''], ...cells];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const isNumber = (column: number) => column >= 1 && column <= 3;
  return all
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column]!;
          return isNumber(column) ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function reachText({ reach, unit }: MpcRow): string {
  if (reach === undefined) return '';
  return 'atMost' in reach ? `<= ${figure(reach.atMost, unit)}` : `>= ${figure(reach.atLeast, unit)}`;
}
