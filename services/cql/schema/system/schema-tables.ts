/** Tables of the keyspace `system_schema`, as Cassandra 4.0 has them and drivers read them. */
import type { Definition } from './define.ts';

const tableOptions = `additional_write_policy text; bloom_filter_fp_chance double; caching frozen<map<text, text>>; cdc boolean;
  comment text; compaction frozen<map<text, text>>; compression frozen<map<text, text>>; crc_check_chance double;
  dclocal_read_repair_chance double; default_time_to_live int; extensions frozen<map<text, blob>>; gc_grace_seconds int; id uuid;
  max_index_interval int; memtable_flush_period_in_ms int; min_index_interval int; read_repair text; read_repair_chance double;
  speculative_retry text`;

export const schemaTables: readonly Definition[] = [
  {
    name: 'keyspaces',
    comment: 'keyspace definitions',
    key: 'keyspace_name',
    columns: 'keyspace_name text; durable_writes boolean; replication frozen<map<text, text>>',
  },
  {
    name: 'tables',
    comment: 'table definitions',
    key: 'keyspace_name / table_name',
    columns: `keyspace_name text; table_name text; flags frozen<set<text>>; ${tableOptions}`,
  },
  {
    name: 'columns',
    comment: 'column definitions',
    key: 'keyspace_name / table_name, column_name',
    columns: `keyspace_name text; table_name text; column_name text; clustering_order text; column_name_bytes blob; kind text;
      position int; type text`,
  },
  {
    name: 'dropped_columns',
    comment: 'dropped column registry',
    key: 'keyspace_name / table_name, column_name',
    columns:
      'keyspace_name text; table_name text; column_name text; dropped_time timestamp; kind text; type text',
  },
  {
    name: 'triggers',
    comment: 'trigger definitions',
    key: 'keyspace_name / table_name, trigger_name',
    columns: 'keyspace_name text; table_name text; trigger_name text; options frozen<map<text, text>>',
  },
  {
    name: 'views',
    comment: 'view definitions',
    key: 'keyspace_name / view_name',
    columns: `keyspace_name text; view_name text; base_table_id uuid; base_table_name text; include_all_columns boolean;
      where_clause text; ${tableOptions}`,
  },
  {
    name: 'indexes',
    comment: 'secondary index definitions',
    key: 'keyspace_name / table_name, index_name',
    columns:
      'keyspace_name text; table_name text; index_name text; kind text; options frozen<map<text, text>>',
  },
  {
    name: 'types',
    comment: 'user defined type definitions',
    key: 'keyspace_name / type_name',
    columns:
      'keyspace_name text; type_name text; field_names frozen<list<text>>; field_types frozen<list<text>>',
  },
  {
    name: 'functions',
    comment: 'user defined function definitions',
    key: 'keyspace_name / function_name, argument_types',
    columns: `keyspace_name text; function_name text; argument_types frozen<list<text>>; argument_names frozen<list<text>>;
      body text; called_on_null_input boolean; language text; return_type text`,
  },
  {
    name: 'aggregates',
    comment: 'user defined aggregate definitions',
    key: 'keyspace_name / aggregate_name, argument_types',
    columns: `keyspace_name text; aggregate_name text; argument_types frozen<list<text>>; final_func text; initcond text;
      return_type text; state_func text; state_type text`,
  },
];

export const virtualSchemaTables: readonly Definition[] = [
  {
    name: 'keyspaces',
    comment: 'virtual keyspace definitions',
    key: 'keyspace_name',
    columns: 'keyspace_name text',
  },
  {
    name: 'tables',
    comment: 'virtual table definitions',
    key: 'keyspace_name / table_name',
    columns: 'keyspace_name text; table_name text; comment text',
  },
  {
    name: 'columns',
    comment: 'virtual column definitions',
    key: 'keyspace_name / table_name, column_name',
    columns: `keyspace_name text; table_name text; column_name text; clustering_order text; column_name_bytes blob; kind text;
      position int; type text`,
  },
];
