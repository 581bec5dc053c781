/**
 * What a partition is after writes at whatever times: a plain list of what was ever written, looked through for each value. A condition that
 * holds writes at a time above everything that concerns what it looked at. For properties.
 */
import fc from 'fast-check';

/** Where a clustering is to be; both included. */
interface Range {
  readonly from: number;
  readonly to: number;
}

type Fact = { readonly time: bigint } & (
  | { readonly kind: 'v' | 's'; readonly c: number; readonly value: number | undefined }
  | { readonly kind: 'marker'; readonly c: number }
  /** Of rows; of the statics too where it is of everything. */
  | { readonly kind: 'deletion'; readonly range: Range; readonly isWhole: boolean }
);

/** The row of statics. */
const statics = -1;
const anyRow: Range = { from: 0, to: 9 };
const rowAt = (c: number): Range => ({ from: c, to: c });

export interface TimedStep {
  readonly text: string;
  /** @param now time of the server's clock. @returns whether conditions held; undefined: there are none */
  apply(model: TimedModel, now: bigint): boolean | undefined;
}

export class TimedModel {
  private readonly facts: Fact[] = [];

  write(...facts: readonly Fact[]): void {
    this.facts.push(...facts);
  }

  s(): number | undefined {
    return this.cell('s', statics);
  }

  v(c: number): number | undefined {
    return this.cell('v', c);
  }

  isThere(c: number): boolean {
    return (
      this.v(c) !== undefined ||
      this.facts.some((fact) => fact.kind === 'marker' && fact.c === c && this.isSeen(fact, c))
    );
  }

  /** A time at which a write to rows of this range is seen, and to the statics. */
  timeAbove(range: Range, now: bigint): bigint {
    let time = now;
    for (const fact of this.facts) {
      const concerns =
        fact.kind === 'deletion'
          ? fact.isWhole || Math.max(fact.range.from, range.from) <= Math.min(fact.range.to, range.to)
          : fact.c === statics || (fact.c >= range.from && fact.c <= range.to);
      if (concerns && fact.time >= time) time = fact.time + 1n;
    }
    return time;
  }

  /** As `TestDatabase.rows` of the partition 1. */
  shown(): string[] {
    const s = this.s() === undefined ? [] : [`s=${this.s()}`];
    const rows: string[] = [];
    for (let c = anyRow.from; c <= anyRow.to; c++) {
      if (!this.isThere(c)) continue;
      const v = this.v(c) === undefined ? [] : [`v=${this.v(c)}`];
      rows.push(['p=1', `c=${c}`, ...s, ...v].join(' '));
    }
    return rows.length === 0 && s.length > 0 ? [`p=1 ${s[0]}`] : rows;
  }

  /** The latest; of several a deletion, else the largest. */
  private cell(kind: 'v' | 's', c: number): number | undefined {
    let found: (Fact & { kind: 'v' | 's' }) | undefined;
    for (const fact of this.facts) {
      if (fact.kind !== kind || fact.c !== c || !this.isSeen(fact, c)) continue;
      const rank = ({ value }: { value: number | undefined }) => value ?? Number.POSITIVE_INFINITY;
      if (
        found === undefined ||
        fact.time > found.time ||
        (fact.time === found.time && rank(fact) > rank(found))
      )
        found = fact as typeof found;
    }
    return found?.value;
  }

  private isSeen({ time }: Fact, c: number): boolean {
    return !this.facts.some(
      (fact) =>
        fact.kind === 'deletion' &&
        fact.time >= time &&
        (c === statics ? fact.isWhole : fact.range.from <= c && c <= fact.range.to),
    );
  }
}

/** In front of the clock, around a few places so that they are often the same; or far behind it. */
const anyTime = fc.oneof(
  fc.bigInt({ min: 1n, max: 6n }),
  fc.bigInt({ min: 1n, max: 6n }).map((n) => 8_000_000_000_000_000_000n + n),
);
const anyC = fc.integer({ min: 0, max: 3 });
const n = fc.integer({ min: 0, max: 3 });

const plain: fc.Arbitrary<TimedStep> = fc.oneof(
  fc.tuple(anyC, n, anyTime).map(([c, value, time]) => ({
    text: `INSERT INTO t (p, c, v) VALUES (1, ${c}, ${value}) USING TIMESTAMP ${time}`,
    apply: (model: TimedModel) =>
      model.write({ kind: 'marker', c, time }, { kind: 'v', c, value, time }) as undefined,
  })),
  fc.tuple(anyC, fc.option(n, { nil: undefined }), anyTime).map(([c, value, time]) => ({
    text: `UPDATE t USING TIMESTAMP ${time} SET v = ${value ?? 'null'} WHERE p = 1 AND c = ${c}`,
    apply: (model: TimedModel) => model.write({ kind: 'v', c, value, time }) as undefined,
  })),
  fc.tuple(fc.option(n, { nil: undefined }), anyTime).map(([value, time]) => ({
    text: `UPDATE t USING TIMESTAMP ${time} SET s = ${value ?? 'null'} WHERE p = 1`,
    apply: (model: TimedModel) => model.write({ kind: 's', c: statics, value, time }) as undefined,
  })),
  fc.tuple(anyC, anyC, anyTime).map(([from, to, time]) => ({
    text: `DELETE FROM t USING TIMESTAMP ${time} WHERE p = 1 AND c >= ${from} AND c <= ${to}`,
    apply: (model: TimedModel) =>
      model.write({ kind: 'deletion', range: { from, to }, isWhole: false, time }) as undefined,
  })),
  fc.tuple(anyC, anyTime).map(([c, time]) => ({
    text: `DELETE FROM t USING TIMESTAMP ${time} WHERE p = 1 AND c = ${c}`,
    apply: (model: TimedModel) =>
      model.write({ kind: 'deletion', range: rowAt(c), isWhole: false, time }) as undefined,
  })),
  anyTime.map((time) => ({
    text: `DELETE FROM t USING TIMESTAMP ${time} WHERE p = 1`,
    apply: (model: TimedModel) =>
      model.write({ kind: 'deletion', range: anyRow, isWhole: true, time }) as undefined,
  })),
);

/** What is written if a condition holds, over a range of rows. */
function ifSo(
  text: string,
  range: Range,
  holds: (model: TimedModel) => boolean,
  facts: (time: bigint) => readonly Fact[],
): TimedStep {
  return {
    text,
    apply: (model, now) => {
      if (!holds(model)) return false;
      model.write(...facts(model.timeAbove(range, now)));
      return true;
    },
  };
}

const conditional: fc.Arbitrary<TimedStep> = fc.oneof(
  fc.tuple(anyC, n).map(([c, value]) =>
    ifSo(
      `INSERT INTO t (p, c, v) VALUES (1, ${c}, ${value}) IF NOT EXISTS`,
      rowAt(c),
      (model) => !model.isThere(c),
      (time) => [
        { kind: 'marker', c, time },
        { kind: 'v', c, value, time },
      ],
    ),
  ),
  fc.tuple(anyC, n, fc.option(n, { nil: undefined })).map(([c, value, wanted]) =>
    ifSo(
      `UPDATE t SET v = ${value} WHERE p = 1 AND c = ${c} IF v = ${wanted ?? 'null'}`,
      rowAt(c),
      (model) => model.v(c) === wanted,
      (time) => [{ kind: 'v', c, value, time }],
    ),
  ),
  anyC.map((c) =>
    ifSo(
      `DELETE FROM t WHERE p = 1 AND c = ${c} IF EXISTS`,
      rowAt(c),
      (model) => model.isThere(c),
      (time) => [{ kind: 'deletion', range: rowAt(c), isWhole: false, time }],
    ),
  ),
  fc.tuple(n, fc.option(n, { nil: undefined })).map(([value, wanted]) =>
    ifSo(
      `UPDATE t SET s = ${value} WHERE p = 1 IF s = ${wanted ?? 'null'}`,
      rowAt(statics),
      (model) => model.s() === wanted,
      (time) => [{ kind: 's', c: statics, value, time }],
    ),
  ),
  fc.tuple(anyC, anyC, anyTime, fc.option(n, { nil: undefined })).map(([from, to, own, wanted]) =>
    ifSo(
      `BEGIN BATCH DELETE FROM t USING TIMESTAMP ${own} WHERE p = 1 AND c >= ${from} AND c <= ${to}; ` +
        `UPDATE t SET s = 7 WHERE p = 1 IF s = ${wanted ?? 'null'}; APPLY BATCH`,
      { from, to },
      (model) => model.s() === wanted,
      (time) => [
        { kind: 'deletion', range: { from, to }, isWhole: false, time },
        { kind: 's', c: statics, value: 7, time },
      ],
    ),
  ),
  fc.option(n, { nil: undefined }).map((wanted) =>
    ifSo(
      `BEGIN BATCH DELETE FROM t WHERE p = 1; UPDATE t SET s = 7 WHERE p = 1 IF s = ${wanted ?? 'null'}; APPLY BATCH`,
      anyRow,
      (model) => model.s() === wanted,
      (time) => [
        { kind: 'deletion', range: anyRow, isWhole: true, time },
        { kind: 's', c: statics, value: 7, time },
      ],
    ),
  ),
);

export const timedSteps: fc.Arbitrary<TimedStep[]> = fc.array(fc.oneof(plain, conditional), {
  maxLength: 14,
});
