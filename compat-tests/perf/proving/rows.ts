/** What the benchmark prints: one figure a row, what is to be reached, and what the reference implementation reaches. */
export type Unit = 'ns' | 'ms' | 's' | 'B' | 'KiB' | 'MiB' | 'x' | '/s' | 'M/s' | 'MiB/s' | 'us';

export interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: Unit;
  readonly reach?: { readonly atMost: number } | { readonly atLeast: number };
  /** The reference's figure, in its own words. */
  readonly reference?: string;
  /** How it was measured, or what else it says. */
  readonly note?: string;
}

export function isReached({ value, reach }: Row): boolean | undefined {
  if (reach === undefined) return undefined;
  return 'atMost' in reach ? value <= reach.atMost : value >= reach.atLeast;
}

export function figure(value: number, unit: Unit): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toFixed(unit === 'B' ? 0 : digits)} ${unit}`;
}

function reachText({ reach, unit }: Row): string {
  if (reach === undefined) return '';
  return 'atMost' in reach ? `<= ${figure(reach.atMost, unit)}` : `>= ${figure(reach.atLeast, unit)}`;
}

export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map((row) => {
    const reached = isReached(row);
    const verdict = reached === undefined ? '' : reached ? 'yes' : 'NO';
    return [
      row.what,
      figure(row.value, row.unit),
      reachText(row),
      verdict,
      row.reference ?? '',
      row.note ?? '',
    ];
  });
  const all = [['', 'measured', 'reach', 'reached', 'reference', ''], ...cells];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all
    .map((row) =>
      row
        .map((cell, column) =>
          column === 1 || column === 2 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
