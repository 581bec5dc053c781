/** INFO: counters since the start or CONFIG RESETSTAT. */
import type { InfoSection } from './section.ts';

const kilobyte = 1024;

export const statsSection: InfoSection = {
  name: 'stats',
  title: 'Stats',
  byDefault: true,
  fields(engine) {
    const { stats, facts, tracking, pubsub } = engine;
    const { denied } = engine.acl.log;
    const activity = facts.activity(engine.now, stats);
    const provided = (name: string): [string, string | number] => [name, facts.field(name, 0)];
    return [
      ['total_connections_received', stats.connectionsReceived],
      ['total_commands_processed', stats.commandsProcessed],
      ['instantaneous_ops_per_sec', Math.round(activity.commands)],
      ['total_net_input_bytes', stats.inputBytes],
      ['total_net_output_bytes', stats.outputBytes],
      ['total_net_repl_input_bytes', 0],
      ['total_net_repl_output_bytes', 0],
      ['instantaneous_input_kbps', (activity.inputBytes / kilobyte).toFixed(2)],
      ['instantaneous_output_kbps', (activity.outputBytes / kilobyte).toFixed(2)],
      ['instantaneous_input_repl_kbps', '0.00'],
      ['instantaneous_output_repl_kbps', '0.00'],
      ['rejected_connections', stats.rejectedConnections],
      ['sync_full', 0],
      ['sync_partial_ok', 0],
      ['sync_partial_err', 0],
      ['expired_keys', stats.expiredKeys],
      ['expired_stale_perc', facts.field('expired_stale_perc', '0.00')],
      provided('expired_time_cap_reached_count'),
      provided('expire_cycle_cpu_milliseconds'),
      ['evicted_keys', stats.evictedKeys],
      provided('evicted_clients'),
      provided('total_eviction_exceeded_time'),
      provided('current_eviction_exceeded_time'),
      ['keyspace_hits', stats.keyspaceHits],
      ['keyspace_misses', stats.keyspaceMisses],
      ['pubsub_channels', pubsub.count('channel')],
      ['pubsub_patterns', pubsub.count('pattern')],
      ['pubsubshard_channels', pubsub.count('shard')],
      ['latest_fork_usec', 0],
      ['total_forks', 0],
      ['migrate_cached_sockets', 0],
      ['slave_expires_tracked_keys', 0],
      ['active_defrag_hits', 0],
      ['active_defrag_misses', 0],
      ['active_defrag_key_hits', 0],
      ['active_defrag_key_misses', 0],
      ['total_active_defrag_time', 0],
      ['current_active_defrag_time', 0],
      ['tracking_total_keys', tracking.keyCount],
      ['tracking_total_items', tracking.itemCount],
      ['tracking_total_prefixes', tracking.broadcast.prefixCount],
      ['unexpected_error_replies', 0],
      ['total_error_replies', stats.errorReplies],
      provided('dump_payload_sanitizations'),
      ['total_reads_processed', stats.reads],
      ['total_writes_processed', stats.writes],
      ['io_threaded_reads_processed', 0],
      ['io_threaded_writes_processed', 0],
      ['reply_buffer_shrinks', 0],
      ['reply_buffer_expands', 0],
      ['eventloop_cycles', stats.reads],
      ['acl_access_denied_auth', denied.auth],
      ['acl_access_denied_cmd', denied.command],
      ['acl_access_denied_key', denied.key],
      ['acl_access_denied_channel', denied.channel],
    ];
  },
};
