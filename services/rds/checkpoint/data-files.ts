/**
 * Which files of a data directory belong to a checkpoint ("Making a Base Backup Using the Low Level API" of PostgreSQL's manual, and
 * the list of what pg_basebackup leaves out). What may be there is named, not what may not: beside the folders below and PG_VERSION
 * the top holds only what belongs to one server process or to the gateway. So no configuration file is part of a checkpoint
 * (postgresql.conf, postgresql.auto.conf, pg_hba.conf, pg_ident.conf): a restored directory starts with those that the gateway
 * writes before every start. Nor are backup_label and the signal files: a restore makes them.
 */
import { dirname } from 'node:path/posix';

/** Folders with their content. */
export const contentFolders = [
  'base',
  'global',
  'pg_commit_ts',
  'pg_logical',
  'pg_multixact',
  'pg_stat',
  'pg_twophase',
  'pg_xact',
] as const;

export const topFiles = ['PG_VERSION'] as const;

/** Links to folders elsewhere: a tablespace would be a part of the database that no checkpoint has. */
export const tablespaceFolder = 'pg_tblspc';

/** What a server expects to find, most of it empty; it makes none of them itself. */
export const standardFolders = [
  'base',
  'global',
  'pg_commit_ts',
  'pg_dynshmem',
  'pg_logical',
  'pg_logical/mappings',
  'pg_logical/snapshots',
  'pg_multixact',
  'pg_multixact/members',
  'pg_multixact/offsets',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat',
  'pg_stat_tmp',
  'pg_subtrans',
  'pg_tblspc',
  'pg_twophase',
  'pg_wal',
  'pg_wal/archive_status',
  'pg_xact',
] as const;

/** Read more often than once: a server writes it in one piece, but nothing in it tells two halves apart but its checksum. */
export const controlFile = 'global/pg_control';

/** Files and folders of temporary data, and the cache of catalogue entries that every server makes anew. */
const leftOut = /^(?:pgsql_tmp|pg_internal\.init)/;
const relation = /^(?<backend>t\d+_)?(?<node>\d+)(?:_(?<fork>fsm|vm|init))?(?:\.\d+)?$/;
const holdsRelations = /^(?:global|base\/\d+)$/;

/** Whether folders and files of this name are gone into. */
export function belongs(name: string): boolean {
  return !leftOut.test(name);
}

/**
 * Of the files of one folder those that belong: temporary relations do not, and of an unlogged relation, which recovery empties,
 * only the fork from which it is made anew.
 */
export function filesThatBelong(folder: string, names: readonly string[]): string[] {
  const kept = names.filter(belongs);
  if (!holdsRelations.test(folder)) return kept;
  const unlogged = new Set(
    kept.flatMap((name) => {
      const parts = relation.exec(name)?.groups;
      return parts?.fork === 'init' && parts.backend === undefined ? [parts.node] : [];
    }),
  );
  return kept.filter((name) => {
    const parts = relation.exec(name)?.groups;
    if (parts === undefined) return true;
    return parts.backend === undefined && (parts.fork === 'init' || !unlogged.has(parts.node));
  });
}

/** Folders to be made for these files, each after the one it stands in. */
export function foldersFor(paths: Iterable<string>): string[] {
  const folders = new Set<string>(standardFolders);
  for (const path of paths) {
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) folders.add(folder);
  }
  return [...folders].sort();
}
