/**
 * A table out of the stored schema of its keyspace (services/cql/schema/stored.ts), read by the verifier itself: JSON, of which only what
 * says how rows are read is looked at. Runs in browsers.
 */
import { ProofRefused } from '@hypergate/node/verifier';
import { type CqlType, type NativeName, nativeNames, type UdtField } from '../types/api.ts';
import { freeze } from '../types/type-shape.ts';
import { verifyLimits } from './limits.ts';

export interface TableColumn {
  readonly name: string;
  readonly id: number;
  readonly type: CqlType;
  readonly kind: 'partition_key' | 'clustering' | 'static' | 'regular';
  readonly position: number;
  readonly order: 'asc' | 'desc' | 'none';
}

export interface TableFacts {
  readonly keyspace: string;
  readonly name: string;
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly partitionKey: readonly TableColumn[];
  readonly clustering: readonly TableColumn[];
  readonly statics: readonly TableColumn[];
  readonly regulars: readonly TableColumn[];
}

type Fields = Readonly<Record<string, unknown>>;

/** With what it is made of, written out. */
interface StoredUserType {
  readonly fields: readonly UdtField[];
  readonly nodes: number;
}

type UserTypes = ReadonlyMap<string, StoredUserType>;

const format = 1;
const kinds = ['partition_key', 'clustering', 'static', 'regular'] as const;
const orders = ['asc', 'desc', 'none'] as const;
const natives: ReadonlySet<unknown> = new Set(nativeNames);

/** @throws ProofRefused also when the table is not there */
export function readTable(schema: Uint8Array, keyspace: string, name: string): TableFacts {
  const stored = fieldsOf(parse(schema));
  if (stored.format !== format || stored.name !== keyspace) throw damaged();
  const types = readUserTypes(listOf(stored.types), keyspace);
  const tables = listOf(stored.tables)
    .map(fieldsOf)
    .filter((table) => table.name === name);
  const [table] = tables;
  if (table === undefined) throw new ProofRefused('the keyspace has no such table');
  const id = textOf(table.id);
  if (tables.length > 1 || !/^[0-9a-f]{32}$/.test(id)) throw damaged();
  const listed = listOf(table.columns);
  if (listed.length > verifyLimits.columnsMax) throw damaged();
  const columns = listed.map((value) => readColumn(fieldsOf(value), keyspace, types));
  if (new Set(columns.map((column) => column.id)).size !== columns.length) throw damaged();
  const ofKind = (kind: TableColumn['kind']) => columns.filter((column) => column.kind === kind);
  const inOrder = (kind: TableColumn['kind']) => {
    const found = ofKind(kind).sort((left, right) => left.position - right.position);
    if (found.some(({ position }, index) => position !== index)) throw damaged();
    return found;
  };
  const partitionKey = inOrder('partition_key');
  if (partitionKey.length === 0) throw damaged();
  return {
    keyspace,
    name,
    id,
    partitionKey,
    clustering: inOrder('clustering'),
    statics: ofKind('static'),
    regulars: ofKind('regular'),
  };
}

/** Each after those that it is made of. */
function readUserTypes(listed: readonly unknown[], keyspace: string): UserTypes {
  const types = new Map<string, StoredUserType>();
  for (const value of listed) {
    const type = fieldsOf(value);
    const reader = new TypeReader(keyspace, types);
    const fields = listOf(type.fields).map((each): UdtField => {
      const field = fieldsOf(each);
      return { name: textOf(field.name), type: reader.type(field.type) };
    });
    types.set(textOf(type.name), { fields, nodes: reader.nodes });
  }
  return types;
}

function readColumn(column: Fields, keyspace: string, types: UserTypes): TableColumn {
  const kind = kinds.find((each) => each === column.kind);
  const order = orders.find((each) => each === column.order);
  if (kind === undefined || order === undefined) throw damaged();
  return {
    name: textOf(column.name),
    id: integerOf(column.id),
    type: new TypeReader(keyspace, types).type(column.type),
    kind,
    position: integerOf(column.position),
    order,
  };
}

class TypeReader {
  /** Of the tree that was read, with user types written out: those that nest twice each double with each step. */
  nodes = 0;
  readonly #keyspace: string;
  readonly #types: UserTypes;

  constructor(keyspace: string, types: UserTypes) {
    this.#keyspace = keyspace;
    this.#types = types;
  }

  type(stored: unknown): CqlType {
    return this.#read(stored, 0);
  }

  #count(nodes: number): void {
    this.nodes += nodes;
    if (this.nodes > verifyLimits.typeNodesMax) throw new ProofRefused('a type of the schema is too large');
  }

  #read(stored: unknown, depth: number): CqlType {
    this.#count(1);
    if (depth > verifyLimits.typeDepthMax) throw damaged();
    if (natives.has(stored)) return { kind: 'native', name: stored as NativeName };
    const [kind, ...rest] = listOf(stored);
    const part = (index: number) => this.#read(rest[index], depth + 1);
    const expect = (count: number) => {
      if (rest.length !== count) throw damaged();
    };
    switch (kind) {
      case 'list':
      case 'set':
        expect(2);
        return { kind, frozen: booleanOf(rest[0]), element: part(1) };
      case 'map':
        expect(3);
        return { kind, frozen: booleanOf(rest[0]), key: part(1), value: part(2) };
      case 'tuple':
        return { kind, elements: rest.map((_, index) => part(index)) };
      case 'vector':
        expect(2);
        return { kind, dimension: integerOf(rest[0]), element: part(1) };
      case 'udt':
        expect(2);
        return this.#userType(textOf(rest[1]), booleanOf(rest[0]));
      case 'custom':
        expect(1);
        return { kind, className: textOf(rest[0]) };
      default:
        throw damaged();
    }
  }

  #userType(name: string, frozen: boolean): CqlType {
    const found = this.#types.get(name);
    if (found === undefined) throw damaged();
    this.#count(found.nodes);
    const type = {
      kind: 'udt',
      keyspace: this.#keyspace,
      name,
      fields: found.fields,
      frozen: false,
    } as const;
    return frozen ? freeze(type) : type;
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new ProofRefused('the schema of the keyspace is not JSON', { cause });
  }
}

function damaged(): ProofRefused {
  return new ProofRefused('the schema of the keyspace has another form');
}

function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw damaged();
  return value as Fields;
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw damaged();
  return value;
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw damaged();
  return value;
}

function integerOf(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw damaged();
  return value as number;
}

function booleanOf(value: unknown): boolean {
  if (typeof value !== 'boolean') throw damaged();
  return value;
}
