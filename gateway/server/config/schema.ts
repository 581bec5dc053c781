/**
 * Every setting, once. Its flag, its environment variable and its key in a config file follow from its name: `adminPort` is
 * `--admin-port`, `HYPERGATE_ADMIN_PORT` and `adminPort`; the help and the README's table come from the descriptions.
 */
import { z } from 'zod';
import { serverLimits } from '../limits.ts';
import {
  bits,
  custodianCount,
  duration,
  formatDuration,
  formatPortRange,
  list,
  memory,
  type PortRange,
  path,
  percent,
  period,
  port,
  portRange,
  switched,
  text,
} from './units.ts';

const second = 1000;
const day = 86_400_000;

const host = text(/^[\w.:-]{1,253}$/, 'must be an address or a host name');

/** No default: the setting may be absent. */
export const settingsSchema = z.strictObject({
  host: host.default('127.0.0.1').describe('address to listen on; loopback is listened on in both families'),
  port: port().default(4566).describe('port of all AWS protocols'),
  adminHost: host
    .default('127.0.0.1')
    .describe('address of the admin API; any other than loopback asks for a token'),
  adminPort: port().default(4570).describe('port of the admin API and of /metrics'),
  redisPort: port()
    .default(6379)
    .describe('port of the Redis protocol; a busy default moves to the next free one'),
  redisPassword: text(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 printable characters')
    .optional()
    .describe('password of the default user of Redis; without one only loopback is served')
    .meta({ secret: true }),
  redisMemory: memory(serverLimits.redisMemoryMin, serverLimits.redisMemoryMax)
    .optional()
    .describe('memory that the keys of Redis may take; half of the machine unless given'),
  redisCluster: switched()
    .default(false)
    .describe('Redis as a cluster of one shard, for clients that speak only to clusters'),
  cqlPort: port()
    .default(9042)
    .describe('port of the CQL protocol; a busy default moves to the next free one'),
  cqlPassword: text(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 printable characters')
    .optional()
    .describe(
      'password of the role cassandra of CQL at its first start; cassandra on loopback, else nobody can log in',
    )
    .meta({ secret: true }),
  postgresPort: port()
    .default(5432)
    .describe('port of the PostgreSQL protocol; a busy default moves to the next free one'),
  rdsPorts: portRange()
    .default({ from: 5440, to: 5499 })
    .describe('ports of the databases that are made through the RDS API, each one of its own'),
  rdsPassword: text(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 printable characters')
    .optional()
    .describe(
      'password of the user postgres of the default database; postgres on loopback, else generated into the data directory',
    )
    .meta({ secret: true }),
  rdsIdle: period(1000, 366 * day)
    .default(10 * 60 * second)
    .describe('a database without connections for so long is put to sleep until the next one; 0 is never'),
  rdsCacheDir: path()
    .optional()
    .describe(
      'where PostgreSQL works: a cache that may be lost; below the data directory, or below the temporary folder where its user cannot get there',
    )
    .meta({ path: true }),
  rdsPgBin: path()
    .optional()
    .describe("folder of another PostgreSQL's programs, instead of those of the packages; also RDS_PG_BIN")
    .meta({ path: true, alias: 'RDS_PG_BIN' }),
  dataDir: path()
    .default('./.hypergate')
    .describe('where everything is kept; relative to the folder the command was called from'),
  services: list(/^[a-z][a-z0-9-]{0,31}$/, 'service names, or all')
    .default(['all'])
    .describe('services to run, by name'),
  region: text(/^[a-z0-9-]{1,32}$/, 'must be a region name such as us-east-1')
    .default('us-east-1')
    .describe(
      'region printed by the banner and given to what has none of its own; requests may be signed for any, those of KMS for this one',
    ),
  frameInterval: duration(100, day)
    .default(10 * second)
    .describe('time between commitments of the state'),
  proofs: switched().default(true).describe('commit the state in signed frames, and prove what is in it'),
  vdfShare: percent(serverLimits.vdfSharePercentMax)
    .default(5)
    .describe('percent of the frame interval that the delay function may take of one core; 0 turns it off'),
  vdfBits: bits(serverLimits.vdfBitsMin, serverLimits.vdfBitsMax)
    .default(serverLimits.vdfBitsSafe)
    .describe(
      "size of the delay function's discriminant, taken at the first start; less makes a test network, in developer mode only",
    ),
  archiveFrames: switched().default(false).describe('keep every frame; else the last 360'),
  custodians: custodianCount(serverLimits.custodiansMin, serverLimits.custodiansMax)
    .default(4)
    .describe('processes that share the keys of KMS, fewer than a third of which may fail; 0 turns KMS off'),
  custodyRefresh: period(serverLimits.custodyRefreshMsMin, 366 * day)
    .default(7 * day)
    .describe(
      'in this time every key of KMS gets new shares, so that stolen ones become worthless; 0 is never',
    ),
  lambdaTrusted: list(/^(root|none|\d{12})$/, 'account ids, root or none')
    .default(['root'])
    .describe(
      'accounts whose functions of Lambda may start processes and threads and load native addons, and run where this platform cannot isolate them',
    ),
  lambdaExecutor: text(/^(node|deno)$/, 'must be node or deno')
    .default('node')
    .describe('what runs functions for Node.js of accounts that are not trusted: node, or deno'),
  lambdaDeno: path()
    .optional()
    .describe('program of Deno; that of the npm package deno unless given, which has to be installed beside'),
  lambdaPyodide: path()
    .optional()
    .describe(
      'folder of the npm package pyodide, which runs functions for Python; where it is installed beside unless given',
    ),
  lambdaMemory: memory(serverLimits.lambdaMemoryMin, serverLimits.lambdaMemoryMax)
    .optional()
    .describe(
      'memory that environments of functions may take together, with their interpreters and what is in their `/tmp`; half of the machine unless given',
    ),
  lambdaCacheDir: path()
    .optional()
    .describe(
      'where functions are unpacked and run: a cache that may be lost; below the data directory unless given',
    ),
  lifecycleDay: duration(100, 366 * day)
    .default(day)
    .describe('length of a day in lifecycle rules; shorter for tests'),
  accountsFile: path()
    .optional()
    .describe(
      'JSON list of {accountId, userId, displayName, email, accessKeyId, secretAccessKey}, seeded at start',
    ),
  accountId: text(/^\d{12}$/, 'must be 12 digits')
    .default('000000000000')
    .describe('the root account'),
  accessKeyId: text(/^[\w./+=@-]{1,128}$/, 'must be 1 to 128 characters of A-Z a-z 0-9 _ . / + = @ -')
    .optional()
    .describe('access key of the root account instead of test; needs the secret too'),
  secretAccessKey: text(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 printable characters')
    .optional()
    .describe('secret of accessKeyId')
    .meta({ secret: true }),
  dev: switched()
    .default(false)
    .describe('developer mode, only on loopback: POST /_hypergate/reset empties everything'),
  allowUnsigned: switched()
    .default(false)
    .describe('developer mode only: requests without a signature count as the root account'),
  logLevel: z
    .enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'must be fatal, error, warn, info, debug, trace or silent',
    )
    .default('info')
    .describe('least severity of the JSON log lines on standard error'),
  tls: switched()
    .default(false)
    .describe('TLS with a self-signed certificate, kept in the data directory, unless tlsCert is given'),
  tlsCert: path().optional().describe('PEM file of the certificate chain; turns TLS on; needs tlsKey'),
  tlsKey: path().optional().describe('PEM file of the private key of tlsCert'),
  s3Domains: list(/^[a-z0-9.-]{1,253}$/, 'host names')
    .default(['localhost', 's3.localhost'])
    .describe('domains whose sub-domains are buckets; any other Host is path style'),
  container: switched()
    .default(false)
    .describe('set by the container image: credentials are generated at first start when none are given'),
  adminToken: text(/^[\x21-\x7e]{16,256}$/, 'must be 16 to 256 printable characters')
    .optional()
    .describe(
      'token that the admin API asks for; generated when adminHost is not loopback or there are own credentials',
    )
    .meta({ secret: true }),
  keystorePassphrase: text(/^.{8,1024}$/s, 'must be 8 to 1024 characters')
    .optional()
    .describe('encrypts the keystore in the data directory')
    .meta({ secret: true }),
  keystoreKeyFile: path()
    .optional()
    .describe('file whose bytes encrypt the keystore instead of a passphrase'),
});

export type Settings = z.output<typeof settingsSchema>;
export type SettingName = keyof Settings;

export interface SettingInfo {
  readonly name: SettingName;
  readonly flag: string;
  readonly variable: string;
  /** Another variable that counts when the first is not set. */
  readonly alias: string | undefined;
  readonly description: string;
  /** As a user would write it; undefined when there is none. */
  readonly defaultText: string | undefined;
  /** Switches may stand without a value on the command line. */
  readonly isSwitch: boolean;
  /** Not a flag (every user of the machine can read a process's arguments) and never printed. */
  readonly secret: boolean;
}

function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

const durations: readonly string[] = ['frameInterval', 'custodyRefresh', 'lifecycleDay', 'rdsIdle'];

function defaultText(name: string, schema: z.ZodType): string | undefined {
  if (!(schema instanceof z.ZodDefault)) return undefined;
  const value: unknown = schema.def.defaultValue;
  if (durations.includes(name)) return formatDuration(value as number);
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (name === 'rdsPorts') return formatPortRange(value as PortRange);
  return Array.isArray(value) ? value.join(',') : String(value);
}

export const settingInfos: readonly SettingInfo[] = Object.entries(settingsSchema.shape).map(
  ([name, schema]) => ({
    name: name as SettingName,
    flag: `--${words(name)}`,
    variable: `HYPERGATE_${words(name).replaceAll('-', '_').toUpperCase()}`,
    alias: schema.meta()?.alias as string | undefined,
    description: schema.description ?? '',
    defaultText: defaultText(name, schema),
    isSwitch: schema instanceof z.ZodDefault && typeof schema.def.defaultValue === 'boolean',
    secret: schema.meta()?.secret === true,
  }),
);

export function isPathSetting(name: string): boolean {
  const schema = settingsSchema.shape[name as SettingName] as z.ZodType | undefined;
  return schema?.meta()?.path === true;
}
