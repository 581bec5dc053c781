/**
 * Configuration files of a server: what may be overruled, the customer's parameters, then what nothing may overrule. They stand in a
 * folder of the gateway's user, not in the data directory, so that neither the server nor what was restored can change them.
 */
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatLsn, type Lsn } from '../model/lsn.ts';
import type { EngineMajor } from './api.ts';
import { type EngineIdentity, giveTo } from './identity.ts';
import { replicationSlotsMax, reservedConnections, walSendersMax } from './limits.ts';
import { quoteConnectionValue, quoteSetting } from './quoting.ts';

/** Name that the gateway's receiver gives itself (`application_name`), by which the server knows its synchronous standby. */
export const standbyName = 'hypergate';

export interface RecoveryTarget {
  readonly lsn?: Lsn;
  /** Milliseconds since 1970. */
  readonly timeMs?: number;
  /** Timeline to follow; the newest in pg_wal otherwise. */
  readonly timeline?: number;
}

export interface StandbySource {
  /**
   * Secret of rdsadmin at the primary, whose roles are the standby's: then it is the standby's as well, and asked for. Without it only
   * the gateway's own user comes in as rdsadmin.
   */
  readonly adminPassword?: string;
  readonly socketDir: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export type EngineRole =
  | { readonly kind: 'primary' }
  | { readonly kind: 'recovery'; readonly target: RecoveryTarget }
  | { readonly kind: 'standby'; readonly source: StandbySource };

export interface SettingsFiles {
  /** Of the server's command line. */
  readonly main: string;
  readonly customer: string;
  readonly hba: string;
  readonly ident: string;
  readonly passfile: string;
}

export function settingsFiles(settingsDir: string): SettingsFiles {
  return {
    main: join(settingsDir, 'postgresql.conf'),
    customer: join(settingsDir, 'customer.conf'),
    hba: join(settingsDir, 'pg_hba.conf'),
    ident: join(settingsDir, 'pg_ident.conf'),
    passfile: join(settingsDir, 'passfile'),
  };
}

/** Sized for an idle instance of little memory; a customer's parameters may say otherwise. */
const defaults = {
  shared_buffers: '64MB',
  max_connections: '100',
  shared_preload_libraries: 'pg_stat_statements',
  min_wal_size: '32MB',
  timezone: 'UTC',
  datestyle: 'ISO, MDY',
  default_text_search_config: 'pg_catalog.english',
};

export interface SettingsOptions {
  readonly major: EngineMajor;
  readonly files: SettingsFiles;
  readonly socketDir: string;
  readonly port: number;
  readonly role: EngineRole;
}

export function mainSettings(options: SettingsOptions): string {
  const { files } = options;
  return [
    lines(defaults),
    `include = ${quoteSetting(files.customer)}\n`,
    lines(promises(options)),
    lines(ofMajor(options.major)),
    lines(ofRole(options)),
  ].join('');
}

function promises({ files, socketDir, port }: SettingsOptions): Record<string, string> {
  return {
    listen_addresses: '',
    unix_socket_directories: socketDir,
    unix_socket_permissions: '0700',
    port: String(port),
    hba_file: files.hba,
    ident_file: files.ident,
    ssl: 'off',
    // The directory is a cache: what counts is what the standby has. An unclean end never leads to a start from it.
    fsync: 'off',
    full_page_writes: 'off',
    wal_init_zero: 'off',
    // A crash of one process would be recovered from local log, which may show commits that nobody certified.
    restart_after_crash: 'off',
    wal_level: 'logical',
    archive_mode: 'off',
    max_wal_senders: String(walSendersMax),
    max_replication_slots: String(replicationSlotsMax),
    max_logical_replication_workers: '0',
    superuser_reserved_connections: String(reservedConnections),
    dynamic_library_path: '$libdir',
    session_preload_libraries: '',
    local_preload_libraries: '',
    // Files in the data directory go with it; those of /dev/shm would outlive a killed server.
    dynamic_shared_memory_type: 'mmap',
    huge_pages: 'off',
    update_process_title: 'off',
    lc_messages: 'C',
    log_destination: 'stderr',
    logging_collector: 'off',
    log_timezone: 'UTC',
    log_line_prefix: '%b|',
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_statement: 'none',
    log_min_duration_statement: '-1',
    log_parameter_max_length: '0',
    log_parameter_max_length_on_error: '0',
    log_checkpoints: 'off',
    log_autovacuum_min_duration: '-1',
    log_startup_progress_interval: '0',
  };
}

function ofMajor(major: EngineMajor): Record<string, string> {
  return {
    ...(major >= 17 ? { allow_alter_system: 'off', summarize_wal: 'off' } : {}),
    // Worker processes for reading would cost memory in every idle instance.
    ...(major >= 18 ? { io_method: 'sync' } : {}),
  };
}

function ofRole({ role, files }: SettingsOptions): Record<string, string> {
  switch (role.kind) {
    case 'primary':
      return { synchronous_standby_names: standbyName };
    case 'recovery':
      return {
        synchronous_standby_names: standbyName,
        // Nobody reads before recovery has ended; and so a lower max_connections than before does not halt it.
        hot_standby: 'off',
        restore_command: 'false',
        recovery_target_action: 'promote',
        ...target(role.target),
      };
    case 'standby':
      return {
        // Takes effect with the promotion.
        synchronous_standby_names: standbyName,
        hot_standby: 'on',
        restore_command: '',
        recovery_target_timeline: 'latest',
        primary_conninfo: connectionInfo(role.source, files.passfile),
      };
  }
}

function target({ lsn, timeMs, timeline }: RecoveryTarget): Record<string, string> {
  return {
    recovery_target_timeline: timeline === undefined ? 'latest' : String(timeline),
    ...(lsn === undefined ? {} : { recovery_target_lsn: formatLsn(lsn) }),
    ...(timeMs === undefined ? {} : { recovery_target_time: new Date(timeMs).toISOString() }),
  };
}

/** Without the password, which roles with pg_monitor could read in the setting. */
function connectionInfo({ socketDir, port, user }: StandbySource, passfile: string): string {
  const parts = { host: socketDir, port: String(port), user, application_name: 'replica', passfile };
  return Object.entries(parts)
    .map(([name, value]) => `${name}=${quoteConnectionValue(value)}`)
    .join(' ');
}

/** The server's own and nobody else's: libpq insists on it. */
export function writePassfile(path: string, source: StandbySource, identity: EngineIdentity): void {
  const escaped = source.password.replaceAll('\\', '\\\\').replaceAll(':', '\\:');
  rmSync(path, { force: true });
  writeFileSync(path, `*:*:*:*:${escaped}\n`, { mode: 0o600, flag: 'wx' });
  giveTo(path, identity);
}

/** Whole or not at all: the server may read at any moment. */
export function writeSettings(path: string, text: string): void {
  const temporary = `${path}.new`;
  writeFileSync(temporary, text);
  chmodSync(temporary, 0o644);
  renameSync(temporary, path);
}

function lines(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${quoteSetting(value)}\n`)
    .join('');
}
