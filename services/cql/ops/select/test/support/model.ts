/** What a table of small numbers holds, as plainly as possible: `p, q / c, d (descending)`, a static, a value and a set. */

interface Dated {
  readonly value: number;
  /** Infinity: never. */
  readonly expires: number;
}

interface ModelRow {
  readonly c: number;
  readonly d: number;
  /** When the row stops being there without values; 0: it never was. */
  marked: number;
  v: Dated | undefined;
  readonly elements: Map<number, number>;
}

interface ModelPartition {
  readonly p: number;
  readonly q: number;
  s: Dated | undefined;
  readonly rows: Map<string, ModelRow>;
}

export type Operation =
  | {
      readonly kind: 'insert' | 'update';
      readonly p: number;
      readonly q: number;
      readonly c: number;
      readonly d: number;
      readonly v: number | null | undefined;
      readonly st: number | undefined;
      readonly ttl: number;
    }
  | {
      readonly kind: 'delete';
      readonly p: number;
      readonly q: number;
      readonly c: number;
      readonly d: number;
    }
  | {
      readonly kind: 'static';
      readonly p: number;
      readonly q: number;
      readonly s: number;
      readonly ttl: number;
    };

/** Undefined: null. */
export interface ShownRow {
  readonly p: number;
  readonly q: number;
  readonly c: number | undefined;
  readonly d: number | undefined;
  readonly s: number | undefined;
  readonly v: number | undefined;
  readonly st: readonly number[];
}

export interface ShownPartition {
  readonly p: number;
  readonly q: number;
  readonly s: number | undefined;
  /** By c, then by d downwards. */
  readonly rows: readonly ShownRow[];
}

const alive = (dated: Dated | undefined, now: number) =>
  dated !== undefined && now < dated.expires ? dated.value : undefined;

export class Model {
  private readonly partitions = new Map<string, ModelPartition>();

  private partition(p: number, q: number): ModelPartition {
    const name = `${p} ${q}`;
    const known = this.partitions.get(name) ?? { p, q, s: undefined, rows: new Map() };
    this.partitions.set(name, known);
    return known;
  }

  apply(operation: Operation, now: number): void {
    const partition = this.partition(operation.p, operation.q);
    if (operation.kind === 'static') {
      partition.s = { value: operation.s, expires: expiry(operation.ttl, now) };
      return;
    }
    const { c, d } = operation;
    const name = `${c} ${d}`;
    if (operation.kind === 'delete') {
      partition.rows.delete(name);
      return;
    }
    const row = partition.rows.get(name) ?? { c, d, marked: 0, v: undefined, elements: new Map() };
    partition.rows.set(name, row);
    const expires = expiry(operation.ttl, now);
    if (operation.kind === 'insert') row.marked = expires;
    if (operation.v !== undefined) row.v = operation.v === null ? undefined : { value: operation.v, expires };
    if (operation.st !== undefined) row.elements.set(operation.st, expires);
  }

  shown(now: number): ShownPartition[] {
    return [...this.partitions.values()].map((partition) => {
      const { p, q } = partition;
      const s = alive(partition.s, now);
      const rows = [...partition.rows.values()].flatMap((row) => {
        const v = alive(row.v, now);
        const st = [...row.elements].filter(([, expires]) => now < expires).map(([element]) => element);
        const isThere = now < row.marked || v !== undefined || st.length > 0;
        return isThere ? [{ p, q, c: row.c, d: row.d, s, v, st: st.sort((a, b) => a - b) }] : [];
      });
      rows.sort((a, b) => a.c - b.c || b.d - a.d);
      return { p, q, s, rows };
    });
  }
}

function expiry(ttl: number, now: number): number {
  return ttl === 0 ? Number.POSITIVE_INFINITY : now + ttl;
}
