/** What RDS asks of values, in its words where they are known. */
import { invalidCombination, invalidValue, rdsError } from './errors.ts';
import type { Input } from './input.ts';
import { controlLimits } from './limits.ts';

const userName = /^[A-Za-z][A-Za-z0-9_]{0,62}$/;
const databaseName = /^[A-Za-z][A-Za-z0-9_]{0,62}$/;
const reserved = new Set([
  'admin',
  'all',
  'current_user',
  'default',
  'none',
  'public',
  'session_user',
  'user',
]);
/** Printable ASCII without what RDS leaves out. */
const password = /^[!-~]+$/;
const classes = /^db\.[a-z][a-z0-9-]*\.(?:micro|small|medium|large|\d*xlarge|serverless)$|^db\.serverless$/;

/** @throws AwsError */
export function masterUserOf(input: Input): string {
  const name = input.required('MasterUsername');
  if (!userName.test(name)) throw invalidValue('Invalid master user name');
  const lower = name.toLowerCase();
  if (reserved.has(lower) || lower.startsWith('rds') || lower.startsWith('pg_')) {
    throw invalidValue(`MasterUsername ${name} cannot be used as it is a reserved word used by the engine`);
  }
  return name;
}

/** @throws AwsError */
export function checkPassword(value: string): void {
  const { passwordCharsMin, passwordCharsMax } = controlLimits;
  if (!password.test(value) || /[/@"]/.test(value)) {
    throw invalidValue(
      `The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '"', ' ' may be used.`,
    );
  }
  if (value.length < passwordCharsMin) {
    throw invalidValue(
      `The parameter MasterUserPassword is not a valid password because it is shorter than ${passwordCharsMin} characters.`,
    );
  }
  if (value.length > passwordCharsMax) {
    throw invalidValue(
      `The parameter MasterUserPassword is not a valid password because it is longer than ${passwordCharsMax} characters.`,
    );
  }
}

/** `postgres` is always there, and is none of its own. @throws AwsError */
export function databaseOf(input: Input, member: string): string | undefined {
  const name = input.text(member);
  if (name === undefined || name === 'postgres') return undefined;
  const shown = `${member} must begin with a letter and contain only alphanumeric characters.`;
  if (!databaseName.test(name)) throw invalidValue(shown);
  const lower = name.toLowerCase();
  if (['template0', 'template1', 'rdsadmin'].includes(lower))
    throw invalidValue(`${member} ${name} cannot be used. It is a reserved word for this engine`);
  return name;
}

/** @throws AwsError */
export function portOf(input: Input, member = 'Port'): number | undefined {
  const port = input.number(member);
  const { portMin, portMax } = controlLimits;
  if (port !== undefined && (port < portMin || port > portMax))
    throw invalidValue(`Invalid port: ${port}. A port is a number from ${portMin} to ${portMax}.`);
  return port;
}

/** @throws AwsError */
export function retentionOf(input: Input, fallback: number, min = 0): number {
  const days = input.number('BackupRetentionPeriod') ?? fallback;
  const { retentionDaysMax } = controlLimits;
  if (days < min || days > retentionDaysMax) {
    throw invalidValue(
      `Invalid backup retention period: ${days}. Backup retention period must be between ${min} and ${retentionDaysMax}`,
    );
  }
  return days;
}

/** @throws AwsError */
export function instanceClassOf(value: string): string {
  if (!classes.test(value)) throw invalidValue(`Invalid DB Instance class: ${value}`);
  return value;
}

/** @throws AwsError */
export function storageOf(input: Input, current?: number): number | undefined {
  const size = input.number('AllocatedStorage');
  if (size === undefined) return undefined;
  const { storageMin, storageMax } = controlLimits;
  if (size < storageMin || size > storageMax) {
    throw rdsError(
      'InvalidParameterValue',
      `Invalid storage size for engine name postgres and storage type gp3: ${size}`,
    );
  }
  if (current !== undefined && size < current) {
    throw invalidCombination('Requested storage size should be larger than current storage size');
  }
  return size;
}

const window = /^(?:(?:[01]\d|2[0-3]):[0-5]\d)-(?:(?:[01]\d|2[0-3]):[0-5]\d)$/;
const day = '(?:mon|tue|wed|thu|fri|sat|sun)';
const weekWindow = new RegExp(`^${day}:(?:[01]\\d|2[0-3]):[0-5]\\d-${day}:(?:[01]\\d|2[0-3]):[0-5]\\d$`, 'i');

/** @throws AwsError */
export function checkWindows(input: Input): void {
  const backup = input.text('PreferredBackupWindow');
  if (backup !== undefined && !window.test(backup))
    throw invalidValue(
      `Invalid backup window format: ${backup}. Should be specified as a range hh24:mi-hh24:mi`,
    );
  const maintenance = input.text('PreferredMaintenanceWindow');
  if (maintenance !== undefined && !weekWindow.test(maintenance)) {
    throw invalidValue(
      `Invalid maintenance window format: ${maintenance}. Should be specified as a range ddd:hh24:mi-ddd:hh24:mi`,
    );
  }
}
