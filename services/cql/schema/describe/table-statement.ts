/** Tables and views as the statements that would make them, word for word as Cassandra 4.0 describes them. */

import { quoteName, quoteText } from '../../types/quoting.ts';
import { typeText } from '../../types/type-text.ts';
import type { ColumnSchema, DroppedColumn, TableParams, TableSchema } from '../model.ts';
import { qualifiedName } from '../names.ts';
import { doubleText } from '../params/properties.ts';
import { columnsInCreateOrder, tableName } from '../table.ts';
import { uuidText } from '../version.ts';
import { mapText } from './statements.ts';

/** `internals`: with the id, and with columns that were dropped, so that files of the table could be read. */
export function tableStatement(table: TableSchema, internals: boolean): string {
  const body = table.kind === 'view' ? viewBody(table, internals) : tableBody(table, internals);
  if (table.kind === 'virtual')
    return [
      '/*',
      `Warning: Table ${tableName(table)} is a virtual table and cannot be recreated with CQL.`,
      'Structure, for reference:',
      body,
      '*/',
    ].join('\n');
  const drops = internals && table.kind === 'table' ? dropStatements(table) : [];
  const all = [body, ...drops].join('\n');
  if (!table.isCompact) return all;
  return [
    '/*',
    `Warning: Table ${tableName(table)} omitted because it has constructs not compatible with CQL (was created via legacy API).`,
    'Approximate structure, for reference:',
    '(this should not be used to reproduce this schema)',
    '',
    all,
    '*/',
  ].join('\n');
}

function tableBody(table: TableSchema, internals: boolean): string {
  const create = table.kind === 'virtual' ? 'VIRTUAL' : 'CREATE';
  return [
    `${create} TABLE ${tableName(table)} (`,
    ...definitions(table, internals).map((line) => `    ${line}`),
    `) WITH ${options(table, internals)}`,
  ].join('\n');
}

/** A column that was dropped and added again stands here as it was dropped; what follows the statement mends that. */
function definitions(table: TableSchema, internals: boolean): string[] {
  const dropped = internals ? table.dropped : [];
  const droppedNames = new Set(dropped.map(({ name }) => name));
  const isSingle = table.partitionKey.length === 1 && table.clustering.length === 0;
  const lines = [
    ...columnsInCreateOrder(table)
      .filter(({ name }) => !droppedNames.has(name))
      .map((column) =>
        isSingle && column.kind === 'partition_key'
          ? `${columnText(column)} PRIMARY KEY`
          : columnText(column),
      ),
    ...dropped.map(columnText),
  ];
  if (!isSingle) lines.push(primaryKeyText(table));
  return lines.map((line, at) => (at < lines.length - 1 ? `${line},` : line));
}

function columnText(column: ColumnSchema | DroppedColumn): string {
  const text = `${quoteName(column.name)} ${typeText(column.type)}`;
  return column.kind === 'static' ? `${text} static` : text;
}

const names = (columns: readonly ColumnSchema[]) => columns.map(({ name }) => quoteName(name)).join(', ');

function primaryKeyText({ partitionKey, clustering }: TableSchema): string {
  const partition = partitionKey.length > 1 ? `(${names(partitionKey)})` : names(partitionKey);
  return `PRIMARY KEY (${clustering.length > 0 ? `${partition}, ${names(clustering)}` : partition})`;
}

function viewBody(table: TableSchema, internals: boolean): string {
  const { baseTable, includesAll, where } = table.view!;
  const selected = includesAll ? '*' : names([...table.columns.values()]);
  return [
    `CREATE MATERIALIZED VIEW ${tableName(table)} AS`,
    `    SELECT ${selected}`,
    `    FROM ${qualifiedName(table.keyspace, baseTable)}`,
    `    WHERE ${where}`,
    `    ${primaryKeyText(table)}`,
    ` WITH ${options(table, internals)}`,
  ].join('\n');
}

function options(table: TableSchema, internals: boolean): string {
  const lines: string[] = [];
  if (table.isCompact) lines.push('COMPACT STORAGE');
  if (internals) lines.push(`ID = ${uuidText(table.id)}`);
  if (table.clustering.length > 0)
    lines.push(
      `CLUSTERING ORDER BY (${table.clustering
        .map(({ name, order }) => `${quoteName(name)} ${order.toUpperCase()}`)
        .join(', ')})`,
    );
  lines.push(
    ...(table.kind === 'virtual'
      ? [`comment = ${quoteText(table.params.comment as string)}`]
      : paramLines(table.params, table.kind === 'view')),
  );
  return `${lines.join('\n    AND ')};`;
}

function paramLines(params: TableParams, isView: boolean): string[] {
  const text = (name: string) => `${name} = ${quoteText(params[name] as string)}`;
  const plain = (name: string) => `${name} = ${String(params[name])}`;
  const double = (name: string) => `${name} = ${doubleText(params[name] as number)}`;
  const map = (name: string) => `${name} = ${mapText(params[name] as Readonly<Record<string, string>>)}`;
  return [
    text('additional_write_policy'),
    double('bloom_filter_fp_chance'),
    map('caching'),
    plain('cdc'),
    text('comment'),
    map('compaction'),
    map('compression'),
    double('crc_check_chance'),
    // Rows of a view expire with those they show.
    ...(isView ? [] : [plain('default_time_to_live')]),
    map('extensions'),
    plain('gc_grace_seconds'),
    plain('max_index_interval'),
    plain('memtable_flush_period_in_ms'),
    plain('min_index_interval'),
    text('read_repair'),
    text('speculative_retry'),
  ];
}

function dropStatements(table: TableSchema): string[] {
  return table.dropped.flatMap((dropped) => {
    const alter = `ALTER TABLE ${tableName(table)}`;
    const now = table.columns.get(dropped.name);
    return [
      `${alter} DROP ${quoteName(dropped.name)} USING TIMESTAMP ${dropped.droppedAt};`,
      ...(now === undefined ? [] : [`${alter} ADD ${columnText(now)};`]),
    ];
  });
}
