/**
 * The id of a prepared statement: MD5 of the keyspace it was prepared in and its text, as in Apache Cassandra, so that every gateway
 * gives the same one and drivers keep theirs over restarts. It says which text is meant, and grants nothing.
 */
import { hash } from 'node:crypto';

export const preparedIdBytes = 16;

/** @param keyspace of the connection or of the request; undefined when there is none */
export function preparedId(keyspace: string | undefined, query: string): Buffer {
  return hash('md5', `${keyspace ?? ''}${query}`, 'buffer');
}
