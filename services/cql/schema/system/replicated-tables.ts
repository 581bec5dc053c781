/** Tables of `system_auth`, `system_distributed` and `system_traces`, and those of `system_views` that tools look at. */
import { readCompaction } from '../params/compaction.ts';
import type { Definition } from './define.ts';

export const authTables: readonly Definition[] = [
  {
    name: 'roles',
    comment: 'role definitions',
    key: 'role',
    columns: 'role text; can_login boolean; is_superuser boolean; member_of set<text>; salted_hash text',
  },
  {
    name: 'role_members',
    comment: 'role memberships lookup table',
    key: 'role / member',
    columns: 'role text; member text',
  },
  {
    name: 'role_permissions',
    comment: 'permissions granted to db roles',
    key: 'role / resource',
    columns: 'role text; resource text; permissions set<text>',
  },
  {
    name: 'resource_role_permissons_index',
    comment: 'index of db roles with permissions granted on a resource',
    key: 'resource / role',
    columns: 'resource text; role text',
  },
  {
    name: 'network_permissions',
    comment: 'user network permissions',
    key: 'role',
    columns: 'role text; dcs frozen<set<text>>',
  },
];

export const traceTables: readonly Definition[] = [
  {
    name: 'sessions',
    comment: 'tracing sessions',
    key: 'session_id',
    columns: `session_id uuid; client inet; command text; coordinator inet; coordinator_port int; duration int;
      parameters map<text, text>; request text; started_at timestamp`,
  },
  {
    name: 'events',
    comment: 'tracing events',
    key: 'session_id / event_id',
    columns: `session_id uuid; event_id timeuuid; activity text; source inet; source_elapsed int; source_port int; thread text`,
  },
];

/** Thirty days, in windows of a day. */
const history = {
  default_time_to_live: 2_592_000,
  compaction: readCompaction(
    new Map([
      ['class', 'TimeWindowCompactionStrategy'],
      ['compaction_window_unit', 'DAYS'],
      ['compaction_window_size', '1'],
    ]),
  ),
};

export const distributedTables: readonly Definition[] = [
  {
    name: 'repair_history',
    comment: 'Repair history',
    key: 'keyspace_name, columnfamily_name / id',
    columns: `keyspace_name text; columnfamily_name text; id timeuuid; coordinator inet; coordinator_port int;
      exception_message text; exception_stacktrace text; finished_at timestamp; parent_id timeuuid; participants set<inet>;
      participants_v2 set<text>; range_begin text; range_end text; started_at timestamp; status text`,
    params: history,
  },
  {
    name: 'parent_repair_history',
    comment: 'Repair history',
    key: 'parent_id',
    columns: `parent_id timeuuid; columnfamily_names set<text>; exception_message text; exception_stacktrace text;
      finished_at timestamp; keyspace_name text; options map<text, text>; requested_ranges set<text>; started_at timestamp;
      successful_ranges set<text>`,
    params: history,
  },
  {
    name: 'view_build_status',
    comment: 'Materialized View build status',
    key: 'keyspace_name, view_name / host_id',
    columns: 'keyspace_name text; view_name text; host_id uuid; status text',
  },
];

export const viewsTables: readonly Definition[] = [
  {
    name: 'caches',
    comment: 'system caches',
    key: 'name',
    columns: `name text; capacity_bytes bigint; entry_count int; hit_count bigint; hit_ratio double;
      recent_hit_rate_per_second bigint; recent_request_rate_per_second bigint; request_count bigint; size_bytes bigint`,
  },
  {
    name: 'clients',
    comment: 'currently connected clients',
    key: 'address / port',
    columns: `address inet; port int; connection_stage text; driver_name text; driver_version text; hostname text;
      protocol_version int; request_count bigint; ssl_cipher_suite text; ssl_enabled boolean; ssl_protocol text; username text`,
  },
  {
    name: 'disk_usage',
    comment: '',
    key: 'keyspace_name, table_name',
    columns: 'keyspace_name text; table_name text; mebibytes bigint',
  },
  {
    name: 'max_partition_size',
    comment: '',
    key: 'keyspace_name, table_name',
    columns: 'keyspace_name text; table_name text; mebibytes bigint',
  },
  { name: 'settings', comment: 'current settings', key: 'name', columns: 'name text; value text' },
  {
    name: 'sstable_tasks',
    comment: 'current sstable tasks',
    key: 'keyspace_name / table_name, task_id',
    columns: `keyspace_name text; table_name text; task_id uuid; completion_ratio double; kind text; progress bigint;
      total bigint; unit text`,
  },
  {
    name: 'system_properties',
    comment: 'Cassandra relevant system properties',
    key: 'name',
    columns: 'name text; value text',
  },
  {
    name: 'thread_pools',
    comment: '',
    key: 'name',
    columns: `name text; active_tasks int; active_tasks_limit int; blocked_tasks bigint; blocked_tasks_all_time bigint;
      completed_tasks bigint; pending_tasks int`,
  },
];
