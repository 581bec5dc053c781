/** The primary key that a subject names, as values. Runs in browsers. */
import { ProofRefused } from '@hypergate/node/verifier';
import type { Value } from '../types/api.ts';
import { encodePartitionKey } from '../types/partition-key.ts';
import { keyText, keyValue } from './key-text.ts';
import type { TableColumn, TableFacts } from './table.ts';
import { nameText, phraseText } from './texts.ts';
import { orRefused } from './values.ts';

export interface PrimaryKey {
  /** As Cassandra serialises it. */
  readonly partition: Value;
  readonly partitionValues: readonly Value[];
  /** Undefined: the partition as a whole. */
  readonly clustering: readonly Value[] | undefined;
}

/** Undefined when the table's keys have another number of values; `isHead` when they are a partition's. */
export function keyColumns(
  { partitionKey, clustering }: Pick<TableFacts, 'partitionKey' | 'clustering'>,
  values: number,
): { readonly columns: readonly TableColumn[]; readonly isHead: boolean } | undefined {
  const isHead = values === partitionKey.length && clustering.length > 0;
  const columns = isHead ? partitionKey : [...partitionKey, ...clustering];
  return columns.length === values ? { columns, isHead } : undefined;
}

/** @throws ProofRefused unless each text is the one of its value */
export function readKey(table: TableFacts, texts: readonly string[]): PrimaryKey {
  const named = keyColumns(table, texts.length);
  if (named === undefined) throw new ProofRefused('the key has another number of values than the table');
  const values = named.columns.map(({ name, type }, index) => {
    const what = `the value of ${nameText(name)} in the subject`;
    const value = orRefused(what, () => keyValue(type, texts[index]!));
    if (keyText(type, value) !== texts[index]) throw new ProofRefused(`${what} is not in its canonical form`);
    return value;
  });
  const partitionValues = values.slice(0, table.partitionKey.length);
  const partition = orRefused('the key', () => encodePartitionKey(partitionValues));
  if (partition.length === 0) throw new ProofRefused('the key is empty');
  return {
    partition,
    partitionValues,
    clustering: named.isHead ? undefined : values.slice(table.partitionKey.length),
  };
}

/** `(a = 1, b = 'x')` */
export function keyPhrase(columns: readonly TableColumn[], values: readonly Value[]): string {
  const parts = values.map((value, index) => {
    const { name, type } = columns[index]!;
    return `${nameText(name)} = ${phraseText(type, value)}`;
  });
  return `(${parts.join(', ')})`;
}
