/** Tables of the keyspace `system`, as Cassandra 4.0 has them. Rows come from the service; most stay empty. */
import type { Definition } from './define.ts';

export const localTables: readonly Definition[] = [
  {
    name: 'local',
    comment: 'information about the local node',
    key: 'key',
    columns: `key text; bootstrapped text; broadcast_address inet; broadcast_port int; cluster_name text; cql_version text;
      data_center text; gossip_generation int; host_id uuid; listen_address inet; listen_port int; native_protocol_version text;
      partitioner text; rack text; release_version text; rpc_address inet; rpc_port int; schema_version uuid; tokens set<text>;
      truncated_at map<uuid, blob>`,
  },
  {
    name: 'peers_v2',
    comment: 'information about known peers in the cluster',
    key: 'peer / peer_port',
    columns: `peer inet; peer_port int; data_center text; host_id uuid; native_address inet; native_port int; preferred_ip inet;
      preferred_port int; rack text; release_version text; schema_version uuid; tokens set<text>`,
  },
  {
    name: 'peers',
    comment: 'information about known peers in the cluster',
    key: 'peer',
    columns: `peer inet; data_center text; host_id uuid; preferred_ip inet; rack text; release_version text; rpc_address inet;
      schema_version uuid; tokens set<text>`,
  },
  {
    name: 'peer_events_v2',
    comment: 'events related to peers',
    key: 'peer / peer_port',
    columns: 'peer inet; peer_port int; hints_dropped map<uuid, int>',
  },
  {
    name: 'peer_events',
    comment: 'events related to peers',
    key: 'peer',
    columns: 'peer inet; hints_dropped map<uuid, int>',
  },
  {
    name: 'IndexInfo',
    comment: 'built column indexes',
    key: 'table_name / index_name',
    columns: 'table_name text; index_name text; value blob',
  },
  {
    name: 'batches',
    comment: 'batches awaiting replay',
    key: 'id',
    columns: 'id timeuuid; mutations list<blob>; version int',
  },
  {
    name: 'paxos',
    comment: 'in-progress paxos proposals',
    key: 'row_key / cf_id',
    columns: `row_key blob; cf_id uuid; in_progress_ballot timeuuid; most_recent_commit blob; most_recent_commit_at timeuuid;
      most_recent_commit_version int; proposal blob; proposal_ballot timeuuid; proposal_version int`,
  },
  {
    name: 'compaction_history',
    comment: 'week-long compaction history',
    key: 'id',
    columns: `id uuid; bytes_in bigint; bytes_out bigint; columnfamily_name text; compacted_at timestamp; keyspace_name text;
      rows_merged map<int, bigint>`,
    params: { default_time_to_live: 604_800 },
  },
  {
    name: 'sstable_activity',
    comment: 'historic sstable read rates',
    key: 'keyspace_name, columnfamily_name, generation',
    columns: 'keyspace_name text; columnfamily_name text; generation int; rate_120m double; rate_15m double',
  },
  {
    name: 'size_estimates',
    comment: 'per-table primary range size estimates, table is deprecated in favor of table_estimates',
    key: 'keyspace_name / table_name, range_start, range_end',
    columns: `keyspace_name text; table_name text; range_start text; range_end text; mean_partition_size bigint;
      partitions_count bigint`,
  },
  {
    name: 'table_estimates',
    comment: 'per-table range size estimates',
    key: 'keyspace_name / table_name, range_type, range_start, range_end',
    columns: `keyspace_name text; table_name text; range_type text; range_start text; range_end text;
      mean_partition_size bigint; partitions_count bigint`,
  },
  {
    name: 'available_ranges_v2',
    comment: 'available keyspace/ranges during bootstrap/replace that are ready to be served',
    key: 'keyspace_name',
    columns: 'keyspace_name text; full_ranges set<blob>; transient_ranges set<blob>',
  },
  {
    name: 'available_ranges',
    comment: 'available keyspace/ranges during bootstrap/replace that are ready to be served',
    key: 'keyspace_name',
    columns: 'keyspace_name text; ranges set<blob>',
  },
  {
    name: 'transferred_ranges_v2',
    comment: 'record of transferred ranges for streaming operation',
    key: 'operation, keyspace_name / peer, peer_port',
    columns: 'operation text; keyspace_name text; peer inet; peer_port int; ranges set<blob>',
  },
  {
    name: 'transferred_ranges',
    comment: 'record of transferred ranges for streaming operation',
    key: 'operation, keyspace_name / peer',
    columns: 'operation text; keyspace_name text; peer inet; ranges set<blob>',
  },
  {
    name: 'view_builds_in_progress',
    comment: 'views builds current progress',
    key: 'keyspace_name / view_name, start_token, end_token',
    columns: `keyspace_name text; view_name text; start_token text; end_token text; keys_built bigint; last_token text`,
  },
  {
    name: 'built_views',
    comment: 'built views',
    key: 'keyspace_name / view_name',
    columns: 'keyspace_name text; view_name text; status_replicated boolean',
  },
  {
    name: 'prepared_statements',
    comment: 'prepared statements',
    key: 'prepared_id',
    columns: 'prepared_id blob; logged_keyspace text; query_string text',
  },
  {
    name: 'repairs',
    comment: 'repairs',
    key: 'parent_id',
    columns: `parent_id timeuuid; cfids set<uuid>; coordinator inet; coordinator_port int; last_update timestamp;
      participants set<inet>; participants_wp set<text>; ranges set<blob>; repaired_at timestamp; started_at timestamp; state int`,
  },
];
