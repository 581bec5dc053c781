/** What a table is after a history of statements in the order of their times: plain maps, no times. For properties. */
import fc from 'fast-check';

export interface PlainRow {
  /** Undefined: null. */
  v: number | undefined;
  set: Set<number>;
  list: number[];
  map: Map<string, number>;
  /** Written by INSERT. */
  isMarked: boolean;
}

export interface PlainPartition {
  s: number | undefined;
  readonly rows: Map<number, PlainRow>;
}

export interface Step {
  readonly text: string;
  /** What conditions answer: whether they held; undefined: there are none. */
  apply(model: PlainModel): boolean | undefined;
}

export class PlainModel {
  private readonly partitions = new Map<number, PlainPartition>();

  partition(p: number): PlainPartition {
    let partition = this.partitions.get(p);
    if (partition === undefined) this.partitions.set(p, (partition = { s: undefined, rows: new Map() }));
    return partition;
  }

  /** There is one, with nothing in it if need be. */
  row(p: number, c: number): PlainRow {
    const { rows } = this.partition(p);
    let row = rows.get(c);
    if (row === undefined)
      rows.set(c, (row = { v: undefined, set: new Set(), list: [], map: new Map(), isMarked: false }));
    return row;
  }

  has(p: number, c: number): boolean {
    const row = this.partitions.get(p)?.rows.get(c);
    return row !== undefined && isThere(row);
  }

  /** As `TestDatabase.rows`, in some order of partitions. */
  shown(): string[] {
    const shown: string[] = [];
    for (const [p, { s, rows }] of this.partitions) {
      const statics = s === undefined ? [] : [`s=${s}`];
      const found = [...rows].filter(([, row]) => isThere(row)).sort(([one], [other]) => one - other);
      if (found.length === 0 && s !== undefined) shown.push([`p=${p}`, ...statics].join(' '));
      for (const [c, row] of found) shown.push([`p=${p}`, `c=${c}`, ...statics, ...values(row)].join(' '));
    }
    return shown;
  }
}

function isThere({ isMarked, v, set, list, map }: PlainRow): boolean {
  return isMarked || v !== undefined || set.size + list.length + map.size > 0;
}

function values({ v, set, list, map }: PlainRow): string[] {
  const parts: string[] = [];
  if (list.length > 0) parts.push(`l=[${list.join(', ')}]`);
  const entries = [...map].sort(([one], [other]) => (one < other ? -1 : 1));
  if (map.size > 0) parts.push(`m={${entries.map(([key, value]) => `'${key}': ${value}`).join(', ')}}`);
  if (set.size > 0) parts.push(`st={${[...set].sort((one, other) => one - other).join(', ')}}`);
  if (v !== undefined) parts.push(`v=${v}`);
  return parts;
}

const p = fc.integer({ min: 0, max: 1 });
const c = fc.integer({ min: 0, max: 3 });
const n = fc.integer({ min: 0, max: 4 });
const key = fc.constantFrom('a', 'b', 'c');
const numbers = fc.array(n, { maxLength: 3 });

const at = (row: readonly [number, number]) => `p = ${row[0]} AND c = ${row[1]}`;
const place = fc.tuple(p, c);

/** One assignment to a row. */
const assignment = fc.oneof(
  n.map((value) => ({ text: `v = ${value}`, apply: (row: PlainRow) => void (row.v = value) })),
  fc.constant({ text: 'v = null', apply: (row: PlainRow) => void (row.v = undefined) }),
  numbers.map((list) => ({
    text: `l = [${list.join(', ')}]`,
    apply: (row: PlainRow) => void (row.list = [...list]),
  })),
  numbers.map((list) => ({
    text: `l = l + [${list.join(', ')}]`,
    apply: (row: PlainRow) => void row.list.push(...list),
  })),
  numbers.map((list) => ({
    text: `l = [${list.join(', ')}] + l`,
    apply: (row: PlainRow) => void row.list.unshift(...list),
  })),
  numbers.map((list) => ({
    text: `l = l - [${list.join(', ')}]`,
    apply: (row: PlainRow) => void (row.list = row.list.filter((each) => !list.includes(each))),
  })),
  numbers.map((list) => ({
    text: `st = {${list.join(', ')}}`,
    apply: (row: PlainRow) => void (row.set = new Set(list)),
  })),
  numbers.map((list) => ({
    text: `st = st + {${list.join(', ')}}`,
    apply: (row: PlainRow) => void (row.set = row.set.union(new Set(list))),
  })),
  numbers.map((list) => ({
    text: `st = st - {${list.join(', ')}}`,
    apply: (row: PlainRow) => void (row.set = row.set.difference(new Set(list))),
  })),
  fc.tuple(key, n).map(([name, value]) => ({
    text: `m['${name}'] = ${value}`,
    apply: (row: PlainRow) => void row.map.set(name, value),
  })),
  key.map((name) => ({
    text: `m['${name}'] = null`,
    apply: (row: PlainRow) => void row.map.delete(name),
  })),
  fc.constant({ text: 'm = {}', apply: (row: PlainRow) => row.map.clear() }),
);

/** One condition on a row. */
const condition = fc.oneof(
  n.map((value) => ({ text: `v = ${value}`, test: ({ v }: PlainRow) => v === value })),
  n.map((value) => ({ text: `v != ${value}`, test: ({ v }: PlainRow) => v !== value })),
  n.map((value) => ({ text: `v < ${value}`, test: ({ v }: PlainRow) => v !== undefined && v < value })),
  fc.constant({ text: 'v = null', test: ({ v }: PlainRow) => v === undefined }),
  numbers.map((list) => ({
    text: `l = [${list.join(', ')}]`,
    test: (row: PlainRow) => String(row.list) === String(list),
  })),
  fc.tuple(n, n).map(([index, value]) => ({
    text: `l[${index}] = ${value}`,
    test: (row: PlainRow) => row.list[index] === value,
  })),
  n.map((value) => ({ text: `st CONTAINS ${value}`, test: ({ set }: PlainRow) => set.has(value) })),
  fc.tuple(key, n).map(([name, value]) => ({
    text: `m['${name}'] >= ${value}`,
    test: ({ map }: PlainRow) => (map.get(name) ?? -1) >= value,
  })),
);

const update: fc.Arbitrary<Step> = fc.tuple(place, assignment).map(([row, { text, apply }]) => ({
  text: `UPDATE t SET ${text} WHERE ${at(row)}`,
  apply: (model) => void apply(model.row(...row)),
}));

const insert: fc.Arbitrary<Step> = fc.tuple(place, n).map(([row, v]) => ({
  text: `INSERT INTO t (p, c, v) VALUES (${row.join(', ')}, ${v})`,
  apply: (model) => void Object.assign(model.row(...row), { v, isMarked: true }),
}));

const setStatic: fc.Arbitrary<Step> = fc.tuple(p, n).map(([partition, s]) => ({
  text: `UPDATE t SET s = ${s} WHERE p = ${partition}`,
  apply: (model) => void (model.partition(partition).s = s),
}));

const deleteRows: fc.Arbitrary<Step> = fc.oneof(
  place.map((row) => ({
    text: `DELETE FROM t WHERE ${at(row)}`,
    apply: (model: PlainModel) => void model.partition(row[0]).rows.delete(row[1]),
  })),
  fc.tuple(p, c, c).map(([partition, from, to]) => ({
    text: `DELETE FROM t WHERE p = ${partition} AND c > ${from} AND c <= ${to}`,
    apply: (model: PlainModel) => {
      const { rows } = model.partition(partition);
      for (const each of [...rows.keys()]) if (each > from && each <= to) rows.delete(each);
      return undefined;
    },
  })),
  p.map((partition) => ({
    text: `DELETE FROM t WHERE p = ${partition}`,
    apply: (model: PlainModel) => {
      model.partition(partition).rows.clear();
      model.partition(partition).s = undefined;
      return undefined;
    },
  })),
);

const conditional: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(place, n).map(([row, v]) => ({
    text: `INSERT INTO t (p, c, v) VALUES (${row.join(', ')}, ${v}) IF NOT EXISTS`,
    apply: (model: PlainModel) => {
      if (model.has(...row)) return false;
      Object.assign(model.row(...row), { v, isMarked: true });
      return true;
    },
  })),
  place.map((row) => ({
    text: `DELETE FROM t WHERE ${at(row)} IF EXISTS`,
    apply: (model: PlainModel) => {
      const isFound = model.has(...row);
      model.partition(row[0]).rows.delete(row[1]);
      return isFound;
    },
  })),
  fc.tuple(place, assignment, condition).map(([row, { text, apply }, { text: wanted, test }]) => ({
    text: `UPDATE t SET ${text} WHERE ${at(row)} IF ${wanted}`,
    apply: (model: PlainModel) => {
      const holds = test(model.row(...row));
      if (holds) apply(model.row(...row));
      return holds;
    },
  })),
  fc.tuple(place, assignment, n).map(([row, { text, apply }, s]) => ({
    text: `UPDATE t SET ${text} WHERE ${at(row)} IF s = ${s}`,
    apply: (model: PlainModel) => {
      const holds = model.partition(row[0]).s === s;
      if (holds) apply(model.row(...row));
      return holds;
    },
  })),
);

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof({ weight: 5, arbitrary: update }, insert, setStatic, deleteRows, {
    weight: 4,
    arbitrary: conditional,
  }),
  { maxLength: 30 },
);
