/**
 * Extensions that customers may create. Their scripts run as the superuser (`trusted = true` in the control file), so each stands
 * here for a reason; all others are absent from the server's share and library folders.
 *
 * Left out on purpose:
 * - adminpack, file_fdw, xml2, pageinspect, pg_surgery, pg_walinspect, pg_logicalinspect, old_snapshot, amcheck: files, or pages and
 *   logs behind the back of privileges.
 * - plperl, plperlu, plpython3u, pltcl, pltclu and their companions: interpreters whose sandboxes are no border.
 * - dblink, postgres_fdw: connections from inside the server, which would come to our own socket by trust as any role, and to
 *   whatever the machine can reach. sslinfo: every connection of the server is a unix socket, it could only mislead.
 * - earthdistance: its script casts a literal to the type `cube`, looked up first in the schema that the customer chose. A composite
 *   type of that name there, over a domain with a CHECK, runs the customer's function as the superuser.
 * - bloom, refint, autoinc, insert_username, intagg: not trusted by PostgreSQL, and nobody misses them.
 */

/** PostgreSQL's own authors mark them as trusted. */
const trustedUpstream = [
  'btree_gin',
  'btree_gist',
  'citext',
  'cube',
  'dict_int',
  'fuzzystrmatch',
  'hstore',
  'intarray',
  'isn',
  'lo',
  'ltree',
  'pg_trgm',
  'pgcrypto',
  'plpgsql',
  'seg',
  'tablefunc',
  'tcn',
  'tsm_system_rows',
  'tsm_system_time',
  'unaccent',
  'uuid-ossp',
] as const;

/**
 * Trusted by us: their scripts of all majors only create C functions with arguments of pg_catalog's types (which are looked up
 * first) and views over those functions, and evaluate no expression while they run. PostgreSQL itself refuses to replace an object
 * that is not the extension's. What shows more than a role may see is granted to pg_monitor or pg_stat_scan_tables alone.
 */
const trustedByUs = [
  'dict_xsyn',
  'moddatetime',
  'pg_buffercache',
  'pg_prewarm',
  'pg_stat_statements',
  'pgrowlocks',
  'pgstattuple',
] as const;

export const allowedExtensions: readonly string[] = [...trustedUpstream, ...trustedByUs].sort();

/** Libraries that are no extension's: dictionaries, conversions between encodings, output plugins, the receiver of a standby. */
const serverModule =
  /^(?:dict_snowball|libpqwalreceiver|pgoutput|test_decoding|[a-z0-9_]+_and_[a-z0-9_]+|euc2004_sjis2004)$/;

export function isServerModule(name: string): boolean {
  return serverModule.test(name);
}

/** What `shared_preload_libraries` of a customer may name. */
export const preloadLibraries: readonly string[] = ['pg_stat_statements', 'pg_prewarm'];

/** The control file, marked as trusted. */
export function trustedControl(control: string): string {
  const lines = control.split('\n').filter((line) => !/^\s*(?:trusted|superuser)\s*=/.test(line));
  return `${lines.join('\n').trimEnd()}\ntrusted = true\n`;
}

/** Name of the library in the control file, if it names one. */
export function moduleOf(control: string): string | undefined {
  return /^\s*module_pathname\s*=\s*'\$libdir\/([\w-]+)'/m.exec(control)?.[1];
}
