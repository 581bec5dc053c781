/**
 * Parameters that customers may set through parameter groups. A list of what is allowed: a parameter that a later PostgreSQL brings
 * is refused until somebody has thought about it. What would break the engine's promises (durability, who may connect, which
 * libraries and files are touched, what is logged) is not in it.
 */

import { preloadLibraries } from './allowed-extensions.ts';
import type { EngineMajor } from './api.ts';
import { EngineFailure } from './failure.ts';
import { parameterNameBytesMax, parametersMax, parameterValueBytesMax } from './limits.ts';
import { quoteSetting } from './quoting.ts';

/** `name`, `name@17` from that major on, `name<17` before it. */
const allowed = `
array_nulls authentication_timeout autovacuum autovacuum_analyze_scale_factor autovacuum_analyze_threshold
autovacuum_freeze_max_age autovacuum_max_workers autovacuum_multixact_freeze_max_age autovacuum_naptime
autovacuum_vacuum_cost_delay autovacuum_vacuum_cost_limit autovacuum_vacuum_insert_scale_factor
autovacuum_vacuum_insert_threshold autovacuum_vacuum_max_threshold@18 autovacuum_vacuum_scale_factor
autovacuum_vacuum_threshold autovacuum_work_mem autovacuum_worker_slots@18
backend_flush_after backslash_quote bgwriter_delay bgwriter_flush_after bgwriter_lru_maxpages bgwriter_lru_multiplier bytea_output
check_function_bodies checkpoint_completion_target checkpoint_flush_after checkpoint_timeout client_connection_check_interval
client_encoding client_min_messages commit_delay commit_siblings compute_query_id constraint_exclusion cpu_index_tuple_cost
cpu_operator_cost cpu_tuple_cost createrole_self_grant@16 cursor_tuple_fraction
datestyle deadlock_timeout debug_parallel_query@16 default_statistics_target default_table_access_method
default_text_search_config default_toast_compression default_transaction_deferrable default_transaction_isolation
default_transaction_read_only
effective_cache_size effective_io_concurrency enable_async_append enable_bitmapscan enable_distinct_reordering@18 enable_gathermerge
enable_group_by_reordering@17 enable_hashagg enable_hashjoin enable_incremental_sort enable_indexonlyscan enable_indexscan
enable_material enable_memoize enable_mergejoin enable_nestloop enable_parallel_append enable_parallel_hash enable_partition_pruning
enable_partitionwise_aggregate enable_partitionwise_join enable_presorted_aggregate@16 enable_self_join_elimination@18
enable_seqscan enable_sort enable_tidscan escape_string_warning extra_float_digits
from_collapse_limit geqo geqo_effort geqo_generations geqo_pool_size geqo_seed geqo_selection_bias geqo_threshold
gin_fuzzy_search_limit gin_pending_list_limit
hash_mem_multiplier hot_standby_feedback icu_validation_level@16 idle_in_transaction_session_timeout idle_session_timeout
intervalstyle io_combine_limit@17 io_max_combine_limit@18
jit jit_above_cost jit_inline_above_cost jit_optimize_above_cost join_collapse_limit
lock_timeout logical_decoding_work_mem lo_compat_privileges
maintenance_io_concurrency maintenance_work_mem max_connections max_files_per_process max_locks_per_transaction
max_parallel_maintenance_workers max_parallel_workers max_parallel_workers_per_gather max_pred_locks_per_page
max_pred_locks_per_relation max_pred_locks_per_transaction max_prepared_transactions max_stack_depth
max_standby_archive_delay max_standby_streaming_delay max_wal_size max_worker_processes min_parallel_index_scan_size
min_parallel_table_scan_size min_wal_size multixact_member_buffers@17 multixact_offset_buffers@17
notify_buffers@17 old_snapshot_threshold<17
parallel_leader_participation parallel_setup_cost parallel_tuple_cost password_encryption plan_cache_mode
quote_all_identifiers random_page_cost recursive_worktable_factor row_security
scram_iterations@16 search_path seq_page_cost serializable_buffers@17 session_replication_role shared_buffers shared_preload_libraries
standard_conforming_strings statement_timeout stats_fetch_consistency subtransaction_buffers@17 synchronize_seqscans synchronous_commit
temp_buffers temp_file_limit timezone track_activities track_activity_query_size track_commit_timestamp track_cost_delay_timing@18
track_counts track_functions track_io_timing track_wal_io_timing transaction_buffers@17 transaction_timeout@17
transform_null_equals
vacuum_buffer_usage_limit@16 vacuum_cost_delay vacuum_cost_limit vacuum_cost_page_dirty vacuum_cost_page_hit vacuum_cost_page_miss
vacuum_failsafe_age vacuum_freeze_min_age vacuum_freeze_table_age vacuum_max_eager_freeze_failure_rate@18
vacuum_multixact_failsafe_age vacuum_multixact_freeze_min_age vacuum_multixact_freeze_table_age vacuum_truncate@18
wal_buffers wal_compression wal_skip_threshold wal_writer_delay wal_writer_flush_after work_mem xmlbinary xmloption
pg_stat_statements.max pg_stat_statements.save pg_stat_statements.track pg_stat_statements.track_planning
pg_stat_statements.track_utility pg_prewarm.autoprewarm pg_prewarm.autoprewarm_interval
`;

const majors = new Map(
  allowed
    .trim()
    .split(/\s+/)
    .map((word) => {
      const [, name, sign, major] = /^([\w.]+)(?:([@<])(\d+))?$/.exec(word)!;
      return [name!, { sign, major: Number(major) }] as const;
    }),
);

/**
 * Accepted from parameter groups, as RDS has them, without a meaning for the server: its log is not kept, since statements and values
 * would stand in it, and `rds.` parameters are the gateway's own.
 */
const withoutEffect = /^(?:log_[a-z_]+|rds\.[a-z_]+|auto_explain\.[a-z_]+)$/;

export type ParameterJudgement =
  | { readonly verdict: 'applied' | 'kept' }
  | { readonly verdict: 'refused'; readonly reason: string };

/** Whether a parameter may be set, and if the server gets to know it. The value's own kind is the server's to check. */
export function judgeParameter(name: string, value: string, major: EngineMajor): ParameterJudgement {
  const refused = (reason: string) => ({ verdict: 'refused', reason }) as const;
  if (Buffer.byteLength(name) > parameterNameBytesMax) return refused('The name of a parameter is too long.');
  if (Buffer.byteLength(value) > parameterValueBytesMax) return refused(`The value of ${name} is too long.`);
  if (withoutEffect.test(name)) return { verdict: 'kept' };
  const known = majors.get(name);
  if (known === undefined) return refused(`The parameter ${name} cannot be set here.`);
  const { sign, major: border } = known;
  if ((sign === '@' && major < border) || (sign === '<' && major >= border)) {
    return refused(`PostgreSQL ${major} has no parameter ${name}.`);
  }
  if (name === 'shared_preload_libraries') return judgeLibraries(value);
  return { verdict: 'applied' };
}

function judgeLibraries(value: string): ParameterJudgement {
  const other = value
    .split(',')
    .map((library) => library.trim())
    .find((library) => library !== '' && !preloadLibraries.includes(library));
  if (other === undefined) return { verdict: 'applied' };
  return {
    verdict: 'refused',
    reason: `The library ${other.slice(0, parameterNameBytesMax)} is not available.`,
  };
}

/** Lines of a configuration file. @throws EngineFailure bad-parameter */
export function parameterLines(parameters: Readonly<Record<string, string>>, major: EngineMajor): string {
  const entries = Object.entries(parameters);
  if (entries.length > parametersMax) {
    throw new EngineFailure('bad-parameter', `More than ${parametersMax} parameters are set.`);
  }
  const lines: string[] = [];
  for (const [name, value] of entries) {
    const judged = judgeParameter(name.toLowerCase(), value, major);
    if (judged.verdict === 'refused') throw new EngineFailure('bad-parameter', judged.reason);
    if (judged.verdict === 'applied') lines.push(`${name.toLowerCase()} = ${quoteSetting(value)}\n`);
  }
  return lines.join('');
}
