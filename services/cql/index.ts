/**
 * CQL 3.4.5 as Apache Cassandra 4.0 speaks it: the native protocol v3, v4 and v5, with LZ4 and Snappy; keyspaces, tables, user types,
 * collections, counters, static columns, secondary indexes, roles and permissions, conditional updates, logged batches that are one
 * atomic transaction, functions in JavaScript and Lua. What is answered is durable in the node's log.
 */
export { createService } from './service.ts';
