/**
 * RDS for PostgreSQL 15 (the default), 16, 17 and 18: a database that is there from the start, others through the RDS API, the Data API, proofs
 * of rows. What operations of the RDS API are left out: control/index.ts.
 *
 * Different from a PostgreSQL of one's own, as on RDS: nobody is superuser; no COPY to and from programs and files, no untrusted
 * languages, no tablespaces, no ALTER SYSTEM, no physical or logical replication by clients, only the extensions of
 * engine/allowed-extensions.ts. Besides: dblink, postgres_fdw, sslinfo and earthdistance are not there, `pg_read_all_data` neither;
 * clients' addresses are not shown in pg_stat_activity; text is sorted by ICU's en-US; a commit that waits for the node cannot be
 * cancelled. `SET synchronous_commit = off` or `local` gives up durability for a session, as it does in PostgreSQL.
 */
export { createService } from './service.ts';
