/**
 * CQL 3.4.5 as Apache Cassandra 4.0 speaks it: the native protocol v3, v4 and v5, with LZ4 and Snappy; keyspaces, tables, user types,
 * collections, counters, static columns, secondary indexes, roles and permissions, conditional updates, logged batches that are one
 * atomic transaction, functions in JavaScript and Lua. What is answered is durable in the node's log.
 *
 * There is one node: every consistency level means that the write is durable and that the read sees all that was answered before. `SERIAL`
 * and conditions are linearizable, also with several gateways over the node.
 *
 * Left out, and refused with an error that says so:
 * - functions in Java; custom indexes other than storage-attached ones, which are plain equality indexes here; ANN;
 * - triggers; DROP COMPACT STORAGE; CREATE TABLE ... LIKE, BETWEEN and masks, which are later than 4.0;
 * - JMX and nodetool.
 * Different: a batch of any size up to 16 MiB is taken (with Cassandra's warning from 5 KiB on); TOPOLOGY and STATUS events never come,
 * as there is one node.
 */
export { createService } from './service.ts';
