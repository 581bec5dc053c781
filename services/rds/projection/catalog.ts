/**
 * Shapes of the tables whose rows are shown: ordinary tables and leaves of partitioned ones, not temporary, unlogged, foreign
 * or the system's. Asked with functions of pg_catalog alone; nothing is made in the customer's database.
 */
import { createHash } from 'node:crypto';
import type { ColumnShape } from '../model/row-tables.ts';
import type { TableName } from './test-decoding.ts';
import type { TextRow, Visit } from './visit.ts';

export interface TableShape extends TableName {
  readonly oid: number;
  readonly columns: readonly ColumnShape[];
  /** Positions among the columns. */
  readonly keyColumns: readonly number[];
  /** Updates and deletions say which row they are about: by the primary key, or by all of it. */
  readonly isIdentified: boolean;
  /** Changes when rows may be others, or mean something else, without a change that decoding shows. */
  readonly fingerprint: string;
}

const firstUserOid = 16384;

/** Number of rows, and a sum over who they are and which transaction wrote them. */
function versions(from: string, identity: string): string {
  const sum = `pg_catalog.sum(pg_catalog.hashint8(${identity} + v.xmin::text::int8)::int8)`;
  return `(SELECT pg_catalog.count(*) || ':' || COALESCE(${sum}, 0) FROM ${from})`;
}

const byOid = 'v.oid::int8 * 1000003';
const byColumn = 'v.attrelid::int8 * 1000003 + v.attnum * 65537';

/** Of types that customers can change without touching tables: values of enumerations, attributes of composite types. */
const typeVersions = [
  versions('pg_catalog.pg_enum v', byOid),
  versions(
    "pg_catalog.pg_attribute v JOIN pg_catalog.pg_class c ON c.oid = v.attrelid AND c.relkind = 'c'",
    byColumn,
  ),
].join(" || ' ' || ");

const signature = `SELECT ${[
  versions(`pg_catalog.pg_class v WHERE v.oid >= ${firstUserOid}`, byOid),
  versions(`pg_catalog.pg_attribute v WHERE v.attrelid >= ${firstUserOid}`, byColumn),
  versions(`pg_catalog.pg_index v WHERE v.indrelid >= ${firstUserOid}`, 'v.indexrelid::int8 * 1000003'),
  versions('pg_catalog.pg_namespace v', byOid),
  typeVersions,
].join(" || ' ' || ")}`;

const tables = `
  SELECT c.oid, n.nspname, c.relname, c.relreplident, i.indkey, i.indisreplident,
         c.relfilenode || ' ' || c.xmin || ' ' || n.xmin || ' ' || COALESCE(i.indexrelid::int8, 0),
         ${typeVersions}
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
   WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND c.oid >= ${firstUserOid}
     AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')`;

const columns = `
  SELECT a.attrelid, a.attnum, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.atttypid, a.attgenerated,
         a.xmin
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
   WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND c.oid >= ${firstUserOid}
     AND a.attnum > 0 AND NOT a.attisdropped
   ORDER BY a.attrelid, a.attnum`;

/** Changes whenever a shape does, and sometimes without: a transaction that changes a row of the catalogues makes a new version. */
export async function readSignature(visit: Visit): Promise<string> {
  const [row] = await visit.query(signature);
  return row?.[0] ?? '';
}

/** By oid. */
export async function readShapes(visit: Visit): Promise<Map<number, TableShape>> {
  const columnsOf = Map.groupBy(await visit.query(columns), ([oid]) => oid);
  const shapes = new Map<number, TableShape>();
  for (const row of await visit.query(tables)) {
    const shape = shapeOf(row, columnsOf.get(row[0]!) ?? []);
    shapes.set(shape.oid, shape);
  }
  return shapes;
}

function shapeOf(row: TextRow, attributes: readonly TextRow[]): TableShape {
  const [oid, schema, table, identity, key, isKeyIdentity, versionsNow, typesNow] = row;
  // Columns that are computed when they are read would run the customer's expressions, and no row stores them.
  const stored = attributes.filter(([, , , , , generated]) => generated !== 'v');
  const positions = new Map(stored.map(([, number], position) => [number, position]));
  const keyColumns = key === null ? [] : key!.split(' ').map((number) => positions.get(number));
  const isKeyed = keyColumns.length > 0 && keyColumns.every((column) => column !== undefined);
  const isIdentified = isKeyed && (identity === 'd' || identity === 'f' || isKeyIdentity === 't');
  const hasOwnTypes = stored.some(([, , , , type]) => Number(type) >= firstUserOid);
  const fingerprint = createHash('sha256')
    // With who wrote the rows of the catalogue: names that were exchanged may be what they were, and changes in between are others'.
    .update(
      JSON.stringify([schema, table, key, isIdentified, versionsNow, stored, hasOwnTypes ? typesNow : '']),
    )
    .digest('hex')
    .slice(0, 32);
  return {
    oid: Number(oid),
    schema: schema!,
    table: table!,
    columns: stored.map(([, , name, type]) => ({ name: name!, type: type! })),
    keyColumns: isKeyed ? (keyColumns as number[]) : [],
    isIdentified,
    fingerprint,
  };
}
