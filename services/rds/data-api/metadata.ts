/** What an answer says of its columns. Types are looked up once per instance and database. */
import { factsOf } from './result-types.ts';
import type { Session } from './session.ts';
import type { Column } from './statement.ts';

const typesMax = 10_000;

/** Names of pg_type by object id. */
export class TypeNames {
  readonly #byDatabase = new Map<string, Map<number, string>>();

  async of(session: Session, database: string, columns: readonly Column[]): Promise<readonly string[]> {
    const known = this.#byDatabase.get(database) ?? new Map<number, string>();
    this.#byDatabase.set(database, known);
    const missing = [...new Set(columns.map(({ dataTypeID }) => dataTypeID))].filter((id) => !known.has(id));
    if (missing.length > 0) {
      if (known.size > typesMax) known.clear();
      const text = 'SELECT oid, typname FROM pg_catalog.pg_type WHERE oid = ANY ($1::pg_catalog.oid[])';
      const { rows } = await session.run(text, { values: [`{${missing.join(',')}}`], types: [0] });
      for (const [oid, name] of rows) known.set(Number(oid), name!);
    }
    return columns.map(({ dataTypeID }) => known.get(dataTypeID) ?? 'unknown');
  }
}

interface Origin {
  readonly table: string;
  readonly schema: string;
  readonly column: string;
  readonly isNullable: boolean;
  readonly isAutoIncrement: boolean;
}

const originsQuery = `SELECT c.oid, a.attnum, c.relname, n.nspname, a.attname, a.attnotnull,
  a.attidentity <> '' OR COALESCE(pg_catalog.pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', false)
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE c.oid = ANY ($1::pg_catalog.oid[]) AND a.attnum > 0`;

async function originsOf(session: Session, columns: readonly Column[]): Promise<ReadonlyMap<string, Origin>> {
  const tables = [...new Set(columns.map(({ tableID }) => tableID).filter((id) => id !== 0))];
  if (tables.length === 0) return new Map();
  const { rows } = await session.run(originsQuery, { values: [`{${tables.join(',')}}`], types: [0] });
  return new Map(
    rows.map(([oid, number, table, schema, column, notNull, auto]) => [
      `${oid} ${number}`,
      {
        table: table!,
        schema: schema!,
        column: column!,
        isNullable: notNull !== 't',
        isAutoIncrement: auto === 't',
      },
    ]),
  );
}

const columnUnknown = 2;

export async function columnMetadata(session: Session, columns: readonly Column[], types: readonly string[]) {
  const origins = await originsOf(session, columns);
  return columns.map((column, index) => {
    const typeName = types[index]!;
    const isArray = typeName.startsWith('_');
    const facts = factsOf(typeName);
    const origin = origins.get(`${column.tableID} ${column.columnID}`);
    const { precision, scale } = sizeOf(column, typeName);
    return {
      name: origin?.column ?? column.name,
      label: column.name,
      type: isArray ? 2003 : facts.jdbc,
      typeName: origin?.isAutoIncrement === true ? (serials[typeName] ?? typeName) : typeName,
      schemaName: '',
      tableName: origin?.table ?? '',
      isAutoIncrement: origin?.isAutoIncrement ?? false,
      isSigned: facts.signed ?? false,
      isCurrency: typeName === 'money',
      isCaseSensitive: facts.kind === 'text',
      nullable: origin === undefined ? columnUnknown : origin.isNullable ? 1 : 0,
      precision,
      scale,
      arrayBaseColumnType: isArray ? factsOf(typeName.slice(1)).jdbc : 0,
    };
  });
}

const serials: Readonly<Record<string, string>> = { int2: 'smallserial', int4: 'serial', int8: 'bigserial' };

/** A modifier holds what stands in parentheses behind the type. */
function sizeOf({ dataTypeModifier: modifier }: Column, typeName: string) {
  const facts = factsOf(typeName);
  const usual = { precision: facts.precision ?? 0, scale: facts.scale ?? 0 };
  if (modifier < 4) return usual;
  if (typeName === 'numeric') return { precision: (modifier - 4) >> 16, scale: (modifier - 4) & 0xffff };
  return typeName === 'varchar' || typeName === 'bpchar' ? { precision: modifier - 4, scale: 0 } : usual;
}
