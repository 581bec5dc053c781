/**
 * Redis 7.2 (`redis_version:7.2.4`) on the hypergraph: RESP2 and RESP3, 16 databases, all types, Lua scripts and functions,
 * transactions, channels, client-side caching, users, eviction, and the hash-field expiry of 7.4. The engine works in memory in a process of its
 * own; an answer that shows a change is sent when the change is durable in the node's log, and every key has a record that
 * proofs are about.
 *
 * Left out, and answered with Redis' own unknown-command error:
 * - MIGRATE: the engine opens no connections (DUMP and RESTORE carry keys).
 * Refused with an error that says so:
 * - REPLICAOF with a host, FAILOVER, SYNC, PSYNC, REPLCONF: there are no replicas of Redis' kind; the node replicates;
 * - MODULE LOAD, LOADEX, UNLOAD; ACL LOAD and SAVE, CONFIG REWRITE: there are no such files;
 * - CLUSTER subcommands that change a cluster; without the setting `redisCluster` all of them, as Redis does;
 * - SHUTDOWN: the gateway's administrator stops it; DEBUG, unless `enable-debug-command` allows it.
 * Accepted without effect: SAVE, BGSAVE, BGREWRITEAOF (what is answered is durable already), and the parameters that
 * engine/config-rows.ts marks so.
 * Different: a string has at most 536,870,888 bytes (24 fewer); fields of hashes keep no order of insertion; `appendfsync`
 * is `always` unless set otherwise, and with `everysec` or `no` a crash may take the last half second.
 */
export { createService } from './service.ts';
