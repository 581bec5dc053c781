/**
 * Every parameter of redis-server 7.2 that a client can read, with its default (names, bounds and defaults as CONFIG GET and
 * CONFIG SET show them) and what differs here: `appendonly` is yes and `appendfsync` is always, as every write is in the
 * log before it is answered, and `save` is empty, as there are no snapshots to lose data between.
 */
import type { ConfigRow } from './config.ts';
import {
  anyText,
  type ConfigParse,
  clampedInteger,
  hostName,
  int64Max,
  integer,
  keyspaceEvents,
  memory,
  memoryOrPercent,
  octal,
  oneOf,
  oomScores,
  outputBufferLimits,
  percentiles,
  savePoints,
  shutdownOptions,
  titleTemplate,
  yesOrNo,
} from './config-kinds.ts';
import { RedisError } from './errors.ts';
import { engineLimits } from './limits.ts';

type Extra = Omit<Partial<ConfigRow>, 'name' | 'initial' | 'parse'>;

const row = (name: string, initial: string, parse: ConfigParse, extra: Extra = {}): ConfigRow => ({
  name,
  initial,
  parse,
  ...extra,
});
const fixed: Extra = { immutable: true };
const started: Extra = { startOnly: 'It is set when the server starts.' };
const listening: Extra = { startOnly: 'Unable to listen on this port. It is set when the server starts.' };
const guarded: Extra = { protected: true };
const unseen: Extra = { hidden: true };
const also = (alias: string): Extra => ({ alias });
const secret: Extra = { sensitive: true };

const count64 = integer(0, int64Max);
const count = integer(0);
const port = integer(0, 65_535);
const bytes = memory(0);

/** The log of effects is always on: `no` is taken and changes nothing, as nothing is lost by being written. */
const alwaysOn: ConfigParse = (text) => {
  yesOrNo(text, '');
  return 'yes';
};

const noDefragmentation: ConfigParse = (text) => {
  if (yesOrNo(text, '') === 'no') return 'no';
  throw new RedisError(
    'Active defragmentation cannot be enabled: memory is managed by the JavaScript engine',
  );
};

const memoryRows: readonly ConfigRow[] = [
  row('maxmemory', '0', memory(0, 2n ** 64n - 1n)),
  row(
    'maxmemory-policy',
    'noeviction',
    oneOf(
      'volatile-lru',
      'volatile-lfu',
      'volatile-random',
      'volatile-ttl',
      'allkeys-lru',
      'allkeys-lfu',
      'allkeys-random',
      'noeviction',
    ),
  ),
  row('maxmemory-samples', '5', integer(1)),
  row('maxmemory-eviction-tenacity', '10', integer(0, 100)),
  row('maxmemory-clients', '0', memoryOrPercent),
  row('lfu-log-factor', '10', count),
  row('lfu-decay-time', '1', count),
];

const encodingRows: readonly ConfigRow[] = [
  row('hash-max-listpack-entries', '512', count64, also('hash-max-ziplist-entries')),
  row('hash-max-listpack-value', '64', bytes, also('hash-max-ziplist-value')),
  row('list-max-listpack-size', '-2', integer(-(2 ** 31)), also('list-max-ziplist-size')),
  row('list-compress-depth', '0', count),
  row('set-max-intset-entries', '512', count64),
  row('set-max-listpack-entries', '128', count64),
  row('set-max-listpack-value', '64', bytes),
  row('zset-max-listpack-entries', '128', count64, also('zset-max-ziplist-entries')),
  row('zset-max-listpack-value', '64', bytes, also('zset-max-ziplist-value')),
  row('hll-sparse-max-bytes', '3000', bytes),
  row('stream-node-max-bytes', '4096', bytes),
  row('stream-node-max-entries', '100', count64),
];

const clientRows: readonly ConfigRow[] = [
  row('maxclients', '10000', integer(1, 2 ** 32 - 1)),
  row('timeout', '0', count),
  row('tcp-keepalive', '300', count),
  row('requirepass', '', anyText, secret),
  row('acl-pubsub-default', 'resetchannels', oneOf('allchannels', 'resetchannels')),
  row('acllog-max-len', '128', count64),
  row('proto-max-bulk-len', '536870912', memory(1024 * 1024)),
  row('client-query-buffer-limit', '1073741824', memory(1024 * 1024)),
  row(
    'client-output-buffer-limit',
    'normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60',
    outputBufferLimits,
  ),
  row('tracking-table-max-keys', '1000000', count64),
  row('notify-keyspace-events', '', keyspaceEvents),
];

const runningRows: readonly ConfigRow[] = [
  row('databases', String(engineLimits.databases), integer(1), fixed),
  row('hz', '10', clampedInteger(1, 500)),
  row('active-expire-effort', '1', integer(1, 10)),
  row('busy-reply-threshold', '5000', count64, also('lua-time-limit')),
  row('slowlog-log-slower-than', '10000', integer(-1, int64Max)),
  row('slowlog-max-len', '128', count64),
  row('latency-monitor-threshold', '0', count64),
  row('latency-tracking', 'yes', yesOrNo),
  row('latency-tracking-info-percentiles', '50 99 99.9', percentiles),
  row('enable-debug-command', 'no', oneOf('no', 'yes', 'local'), fixed),
  row('loglevel', 'notice', oneOf('debug', 'verbose', 'notice', 'warning')),
  row('port', '6379', port, listening),
  row('bind', '* -::*', anyText, started),
  row('protected-mode', 'yes', yesOrNo),
  row('tls-port', '0', port, listening),
  row('shutdown-timeout', '10', count),
];

const durabilityRows: readonly ConfigRow[] = [
  row('appendonly', 'yes', alwaysOn),
  row('appendfsync', 'always', oneOf('everysec', 'always', 'no')),
];

const clusterRows: readonly ConfigRow[] = [
  row('cluster-enabled', 'no', yesOrNo, fixed),
  row('cluster-announce-ip', '', anyText),
  row('cluster-announce-hostname', '', hostName),
  row('cluster-announce-human-nodename', '', hostName),
  row('cluster-announce-port', '0', port),
  row('cluster-announce-tls-port', '0', port),
  row('cluster-announce-bus-port', '0', port),
  row('cluster-preferred-endpoint-type', 'ip', oneOf('ip', 'hostname', 'unknown-endpoint')),
];

/** There is nothing here that these could change: no files, forks, threads, replicas or gossip of Redis' kind. */
const inertRows: readonly ConfigRow[] = [
  // Snapshots and the append-only file
  row('save', '', savePoints),
  row('dir', '/', anyText, guarded),
  row('dbfilename', 'dump.rdb', anyText, guarded),
  row('rdbcompression', 'yes', yesOrNo),
  row('rdbchecksum', 'yes', yesOrNo, fixed),
  row('rdb-del-sync-files', 'no', yesOrNo),
  row('rdb-save-incremental-fsync', 'yes', yesOrNo),
  row('rdb-key-save-delay', '0', integer(-(2 ** 31)), unseen),
  row('key-load-delay', '0', integer(-(2 ** 31)), unseen),
  row('loading-process-events-interval-bytes', '2097152', integer(1024), unseen),
  row('stop-writes-on-bgsave-error', 'yes', yesOrNo),
  row('sanitize-dump-payload', 'no', oneOf('no', 'yes', 'clients')),
  row('appendfilename', 'appendonly.aof', anyText, fixed),
  row('appenddirname', 'appendonlydir', anyText, fixed),
  row('no-appendfsync-on-rewrite', 'no', yesOrNo),
  row('auto-aof-rewrite-percentage', '100', count),
  row('auto-aof-rewrite-min-size', '67108864', bytes),
  row('aof-load-truncated', 'yes', yesOrNo),
  row('aof-use-rdb-preamble', 'yes', yesOrNo),
  row('aof-timestamp-enabled', 'no', yesOrNo),
  row('aof-disable-auto-gc', 'no', yesOrNo),
  row('aof-rewrite-incremental-fsync', 'yes', yesOrNo),
  // Replication
  row('replicaof', '', anyText, { ...fixed, alias: 'slaveof' }),
  row('masterauth', '', anyText, secret),
  row('masteruser', '', anyText, secret),
  row('replica-serve-stale-data', 'yes', yesOrNo, also('slave-serve-stale-data')),
  row('replica-read-only', 'yes', yesOrNo, also('slave-read-only')),
  row('replica-lazy-flush', 'no', yesOrNo, also('slave-lazy-flush')),
  row('replica-ignore-maxmemory', 'yes', yesOrNo, also('slave-ignore-maxmemory')),
  row('replica-ignore-disk-write-errors', 'no', yesOrNo),
  row('replica-announce-ip', '', anyText, also('slave-announce-ip')),
  row('replica-announce-port', '0', port, also('slave-announce-port')),
  row('replica-announced', 'yes', yesOrNo),
  row('replica-priority', '100', count, also('slave-priority')),
  row('repl-diskless-sync', 'yes', yesOrNo),
  row('repl-diskless-sync-delay', '5', count),
  row('repl-diskless-sync-max-replicas', '0', count),
  row('repl-diskless-load', 'disabled', oneOf('disabled', 'on-empty-db', 'swapdb')),
  row('repl-disable-tcp-nodelay', 'no', yesOrNo),
  row('repl-backlog-size', '1048576', memory(1)),
  row('repl-backlog-ttl', '3600', count64),
  row('repl-timeout', '60', integer(1)),
  row('repl-ping-replica-period', '10', integer(1), also('repl-ping-slave-period')),
  row('min-replicas-to-write', '0', count, also('min-slaves-to-write')),
  row('min-replicas-max-lag', '10', count, also('min-slaves-max-lag')),
  row('propagation-error-behavior', 'ignore', oneOf('ignore', 'panic', 'panic-on-replicas')),
  // Cluster
  row('cluster-config-file', 'nodes.conf', anyText, fixed),
  row('cluster-port', '0', port, fixed),
  row('cluster-node-timeout', '15000', count64),
  row('cluster-migration-barrier', '1', count),
  row('cluster-require-full-coverage', 'yes', yesOrNo),
  row('cluster-replica-validity-factor', '10', count, also('cluster-slave-validity-factor')),
  row('cluster-replica-no-failover', 'no', yesOrNo, also('cluster-slave-no-failover')),
  row('cluster-allow-replica-migration', 'yes', yesOrNo),
  row('cluster-allow-reads-when-down', 'no', yesOrNo),
  row('cluster-allow-pubsubshard-when-down', 'yes', yesOrNo),
  row('cluster-link-sendbuf-limit', '0', memory(0, 2n ** 64n - 1n)),
  // The process and its threads
  row('daemonize', 'no', yesOrNo, fixed),
  row('supervised', 'no', oneOf('upstart', 'systemd', 'auto', 'no'), fixed),
  row('pidfile', '', anyText, fixed),
  row('logfile', '', anyText, fixed),
  row('syslog-enabled', 'no', yesOrNo, fixed),
  row('syslog-ident', 'redis', anyText, fixed),
  row('syslog-facility', 'local0', anyText, fixed),
  row('always-show-logo', 'no', yesOrNo, fixed),
  row('set-proc-title', 'yes', yesOrNo, fixed),
  row('proc-title-template', '{title} {listen-addr} {server-mode}', titleTemplate),
  row('locale-collate', '', anyText),
  row('crash-log-enabled', 'yes', yesOrNo),
  row('crash-memcheck-enabled', 'yes', yesOrNo),
  row('use-exit-on-panic', 'no', yesOrNo, unseen),
  row('watchdog-period', '0', count, unseen),
  row('shutdown-on-sigint', 'default', shutdownOptions),
  row('shutdown-on-sigterm', 'default', shutdownOptions),
  row('io-threads', '1', integer(1, 128), fixed),
  row('io-threads-do-reads', 'no', yesOrNo, fixed),
  row('server_cpulist', '', anyText, fixed),
  row('bio_cpulist', '', anyText, fixed),
  row('aof_rewrite_cpulist', '', anyText, fixed),
  row('bgsave_cpulist', '', anyText, fixed),
  row('oom-score-adj', 'no', oneOf('no', 'yes', 'relative', 'absolute')),
  row('oom-score-adj-values', '0 200 800', oomScores),
  row('disable-thp', 'yes', yesOrNo, fixed),
  row('ignore-warnings', '', anyText),
  row('dynamic-hz', 'yes', yesOrNo),
  row('activerehashing', 'yes', yesOrNo),
  row('jemalloc-bg-thread', 'yes', yesOrNo),
  row('lazyfree-lazy-eviction', 'no', yesOrNo),
  row('lazyfree-lazy-expire', 'no', yesOrNo),
  row('lazyfree-lazy-server-del', 'no', yesOrNo),
  row('lazyfree-lazy-user-del', 'no', yesOrNo),
  row('lazyfree-lazy-user-flush', 'no', yesOrNo),
  row('activedefrag', 'no', noDefragmentation),
  row('active-defrag-ignore-bytes', '104857600', memory(1)),
  row('active-defrag-threshold-lower', '10', integer(0, 1000)),
  row('active-defrag-threshold-upper', '100', integer(0, 1000)),
  row('active-defrag-cycle-min', '1', integer(1, 99)),
  row('active-defrag-cycle-max', '25', integer(1, 99)),
  row('active-defrag-max-scan-fields', '1000', integer(1, int64Max)),
  // Network and files of users
  row('tcp-backlog', '511', count, fixed),
  row('unixsocket', '', anyText, fixed),
  row('unixsocketperm', '0', octal(0o777), fixed),
  row('bind-source-addr', '', anyText),
  row('socket-mark-id', '0', integer(0, 2 ** 32 - 1), fixed),
  row('aclfile', '', anyText, fixed),
  row('enable-protected-configs', 'no', oneOf('no', 'yes', 'local'), fixed),
  row('enable-module-command', 'no', oneOf('no', 'yes', 'local'), fixed),
  row('tls-cert-file', '', anyText, started),
  row('tls-key-file', '', anyText, started),
  row('tls-key-file-pass', '', anyText, { ...started, sensitive: true }),
  row('tls-client-cert-file', '', anyText, started),
  row('tls-client-key-file', '', anyText, started),
  row('tls-client-key-file-pass', '', anyText, { ...started, sensitive: true }),
  row('tls-dh-params-file', '', anyText, started),
  row('tls-ca-cert-file', '', anyText, started),
  row('tls-ca-cert-dir', '', anyText, started),
  row('tls-auth-clients', 'yes', oneOf('no', 'yes', 'optional')),
  row('tls-replication', 'no', yesOrNo),
  row('tls-cluster', 'no', yesOrNo),
  row('tls-protocols', '', anyText, started),
  row('tls-ciphers', '', anyText, started),
  row('tls-ciphersuites', '', anyText, started),
  row('tls-prefer-server-ciphers', 'no', yesOrNo),
  row('tls-session-caching', 'yes', yesOrNo),
  row('tls-session-cache-size', '20480', count),
  row('tls-session-cache-timeout', '300', count),
].map((inert): ConfigRow => ({ ...inert, effect: 'none' }));

export const configRows: readonly ConfigRow[] = [
  ...memoryRows,
  ...encodingRows,
  ...clientRows,
  ...runningRows,
  ...durabilityRows,
  ...clusterRows,
  ...inertRows,
];
