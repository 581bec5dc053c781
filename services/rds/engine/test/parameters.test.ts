import { describe, expect, it } from 'vitest';
import { engineMajors } from '../api.ts';
import { judgeParameter, parameterLines } from '../parameters.ts';

describe('parameters', () => {
  it.each([
    ...['fsync', 'full_page_writes', 'wal_level', 'synchronous_standby_names', 'listen_addresses', 'port'],
    ...[
      'unix_socket_directories',
      'data_directory',
      'hba_file',
      'ident_file',
      'config_file',
      'external_pid_file',
    ],
    ...[
      'archive_command',
      'archive_library',
      'restore_command',
      'archive_cleanup_command',
      'recovery_end_command',
    ],
    ...['primary_conninfo', 'primary_slot_name', 'recovery_target_time', 'promote_trigger_file'],
    ...[
      'ssl',
      'ssl_key_file',
      'ssl_passphrase_command',
      'krb_server_keyfile',
      'dynamic_library_path',
      'jit_provider',
    ],
    ...[
      'session_preload_libraries',
      'local_preload_libraries',
      'extension_control_path',
      'restart_after_crash',
    ],
    ...['superuser_reserved_connections', 'max_wal_senders', 'max_replication_slots', 'wal_sender_timeout'],
    ...['allow_system_table_mods', 'zero_damaged_pages', 'include', 'include_dir', 'default_tablespace', ''],
    ...['work_mem = 1\nfsync', "work_mem'", 'evil.setting', 'constructor', '__proto__'],
  ])('refuses %j in every major', (name) => {
    for (const major of engineMajors) expect(judgeParameter(name, 'x', major).verdict).toBe('refused');
  });

  it('knows which major has which', () => {
    expect(judgeParameter('transaction_timeout', '1', 16).verdict).toBe('refused');
    expect(judgeParameter('transaction_timeout', '1', 17).verdict).toBe('applied');
    expect(judgeParameter('old_snapshot_threshold', '1', 16).verdict).toBe('applied');
    expect(judgeParameter('old_snapshot_threshold', '1', 17).verdict).toBe('refused');
  });

  it('keeps what has no meaning here out of the file', () => {
    expect(parameterLines({ 'rds.force_ssl': '1', log_min_duration_statement: '5' }, 15)).toBe('');
  });

  it('lets in the libraries that are here', () => {
    const judge = (value: string) => judgeParameter('shared_preload_libraries', value, 15).verdict;
    expect(judge('pg_stat_statements, pg_prewarm')).toBe('applied');
    expect(judge('')).toBe('applied');
    for (const bad of [
      'auto_explain',
      '/tmp/x',
      'pg_stat_statements,evil',
      '$libdir/dblink',
      '"pg_prewarm"',
    ]) {
      expect(judge(bad)).toBe('refused');
    }
  });

  it('quotes every value, so that none begins another line', () => {
    expect(parameterLines({ search_path: `a'b\\c"` }, 15)).toBe(`search_path = 'a''b\\\\c"'\n`);
    for (const value of ["x'\nfsync = on", 'x\r', '\0']) {
      expect(() => parameterLines({ search_path: value }, 15)).toThrow(/control characters/);
    }
  });

  it('checks lengths', () => {
    expect(judgeParameter('search_path', 'x'.repeat(4097), 15).verdict).toBe('refused');
    expect(judgeParameter('x'.repeat(200), 'x', 15).verdict).toBe('refused');
    const many = Object.fromEntries(
      Array.from({ length: 401 }, (_, n) => [`rds.${'a'.repeat(n % 100)}${n}`, '1']),
    );
    expect(() => parameterLines(many, 15)).toThrow(/More than 400/);
  });
});
