/**
 * Which parameters a customer may change. Whatever any session may set is free but for a few; of the others, those that are named
 * here: the rest belongs to the engine's part (files, sockets, the log it writes and whom it waits for, libraries).
 */
import type { EngineParameter } from './parameter.ts';

/** Not from a file, or not of a customer's concern. */
const keptFromSessions = new Set([
  'backtrace_functions',
  'client_encoding',
  'createrole_self_grant',
  'default_table_access_method',
  'default_tablespace',
  'event_triggers',
  'in_hot_standby',
  'local_preload_libraries',
  'restrict_nonsystem_relation_kind',
  'role',
  'seed',
  'session_authorization',
  'temp_tablespaces',
  'transaction_deferrable',
  'transaction_isolation',
  'transaction_read_only',
  'wal_skip_threshold',
]);
const keptPrefixes = /^(?:debug_|trace_|ssl_renegotiation)/;

const changeable = new Set([
  'DateStyle',
  'authentication_timeout',
  'autovacuum',
  'autovacuum_analyze_scale_factor',
  'autovacuum_analyze_threshold',
  'autovacuum_freeze_max_age',
  'autovacuum_max_workers',
  'autovacuum_multixact_freeze_max_age',
  'autovacuum_naptime',
  'autovacuum_vacuum_cost_delay',
  'autovacuum_vacuum_cost_limit',
  'autovacuum_vacuum_insert_scale_factor',
  'autovacuum_vacuum_insert_threshold',
  'autovacuum_vacuum_max_threshold',
  'autovacuum_vacuum_scale_factor',
  'autovacuum_vacuum_threshold',
  'autovacuum_work_mem',
  'bgwriter_delay',
  'bgwriter_flush_after',
  'bgwriter_lru_maxpages',
  'bgwriter_lru_multiplier',
  'checkpoint_completion_target',
  'checkpoint_timeout',
  'checkpoint_warning',
  'deadlock_timeout',
  'huge_pages',
  'log_autovacuum_min_duration',
  'log_checkpoints',
  'log_connections',
  'log_disconnections',
  'log_duration',
  'log_error_verbosity',
  'log_lock_waits',
  'log_min_duration_sample',
  'log_min_duration_statement',
  'log_min_error_statement',
  'log_min_messages',
  'log_parameter_max_length',
  'log_replication_commands',
  'log_statement',
  'log_statement_sample_rate',
  'log_statement_stats',
  'log_temp_files',
  'log_transaction_sample_rate',
  'max_connections',
  'max_files_per_process',
  'max_locks_per_transaction',
  'max_pred_locks_per_page',
  'max_pred_locks_per_relation',
  'max_pred_locks_per_transaction',
  'max_prepared_transactions',
  'max_standby_archive_delay',
  'max_standby_streaming_delay',
  'max_wal_size',
  'max_worker_processes',
  'min_wal_size',
  'session_replication_role',
  'shared_buffers',
  'shared_preload_libraries',
  'temp_file_limit',
  'track_activities',
  'track_activity_query_size',
  'track_commit_timestamp',
  'track_counts',
  'track_functions',
  'track_io_timing',
  'track_wal_io_timing',
  'update_process_title',
  'vacuum_defer_cleanup_age',
  'wal_buffers',
  'wal_compression',
  'wal_writer_delay',
]);

/** Libraries that are in the packages and do nothing outside of their instance. */
export const preloadLibraries = ['auto_explain', 'pg_prewarm', 'pg_stat_statements'] as const;

/** Narrower than PostgreSQL's own bounds: below, the gateway's own connections would find no place. */
export const bounds: Readonly<Record<string, { readonly min?: string; readonly max?: string }>> = {
  max_connections: { min: '20' },
  max_worker_processes: { min: '8' },
  shared_buffers: { min: '1024' },
  track_activity_query_size: { max: '102400' },
};

export function isChangeable({ name, context }: EngineParameter): boolean {
  if (name === 'update_process_title') return false;
  if (context !== 'user') return changeable.has(name);
  return !keptFromSessions.has(name) && !keptPrefixes.test(name);
}

const list = (item: string): RegExp => new RegExp(`^${item}(?: ?, ?${item})*$`, 'i');

/**
 * Texts by their form: with one that it does not understand the engine would not start again. A text that is not here is not taken.
 */
export const texts: Readonly<Record<string, RegExp | ((value: string) => boolean)>> = {
  DateStyle: /^(?:ISO|SQL|Postgres|German)(?: ?, ?(?:MDY|DMY|YMD))?$/i,
  TimeZone: isTimeZone,
  application_name: /^[ -~]{0,63}$/,
  default_text_search_config: /^[a-z_]{1,63}(?:\.[a-z_]{1,63})?$/,
  lc_monetary: /^(?:C|POSIX)$/,
  lc_numeric: /^(?:C|POSIX)$/,
  lc_time: /^(?:C|POSIX)$/,
  log_connections: list('(?:on|off|all|receipt|authentication|authorization|setup_durations)'),
  search_path: list('(?:"[^"]{1,63}"|[a-z_][a-z0-9_]{0,62})'),
  shared_preload_libraries: list(`(?:${preloadLibraries.join('|')})`),
  timezone_abbreviations: /^(?:Default|Australia|India)$/,
};

/** By its name in the time zone database, which is the engine's as well. */
function isTimeZone(value: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(value)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
