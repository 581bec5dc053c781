/**
 * `compaction`: the strategy and its options, checked as Cassandra checks them, kept and shown. Nothing here compacts: records are single
 * vertices, not files.
 */
import {
  configError,
  namesText,
  type PropertyMap,
  parseDouble,
  parseInteger,
  parseLong,
} from './properties.ts';

const prefix = 'org.apache.cassandra.db.compaction.';
export const leveledClass = `${prefix}LeveledCompactionStrategy`;

type Check = (value: string, name: string) => void;

const asInteger = (least: number, problem: (value: number, name: string) => string): Check => {
  return (value, name) => {
    const number = parseInteger(value);
    if (number === undefined) throw configError(`${value} is not a parsable int (base10) for ${name}`);
    if (number < least) throw configError(problem(number, name));
  };
};

const asLong = (least: number, problem: (value: number, name: string) => string): Check => {
  return (value, name) => {
    const number = parseLong(value);
    if (number === undefined) throw configError(`${value} is not a parsable int (base10) for ${name}`);
    if (number < least) throw configError(problem(number, name));
  };
};

const asBoolean = (problem: (value: string, name: string) => string): Check => {
  return (value, name) => {
    if (!/^(?:true|false)$/i.test(value)) throw configError(problem(value, name));
  };
};

const oneOf = (
  values: readonly string[],
  problem = (value: string, name: string) => `${value} is not valid for ${name}`,
): Check => {
  return (value, name) => {
    if (!values.includes(value)) throw configError(problem(value, name));
  };
};

const anything: Check = () => undefined;

const tooSmall = (value: number, name: string) => `${name} must be greater than 0, but was ${value}`;
const negative = (value: number, name: string) => `${name} must not be negative, but was ${value}`;
const timeUnits = ['NANOSECONDS', 'MICROSECONDS', 'MILLISECONDS', 'SECONDS', 'MINUTES', 'HOURS', 'DAYS'];

/** Of every strategy, in the order in which they are looked at. */
const common: Readonly<Record<string, Check>> = {
  tombstone_threshold: (value, name) => {
    const number = parseDouble(value);
    if (number === undefined) throw configError(`${value} is not a parsable int (base10) for ${name}`);
    if (number < 0) throw configError(tooSmall(number, name).replace(/\S+$/, number.toFixed(6)));
  },
  tombstone_compaction_interval: asLong(0, tooSmall),
  unchecked_tombstone_compaction: asBoolean(
    (value, name) => `'${name}' should be either 'true' or 'false', not '${value}'`,
  ),
  log_all: asBoolean((value, name) => `'${name}' should either be 'true' or 'false', not ${value}`),
  enabled: asBoolean((value) => `enabled should either be 'true' or 'false', not ${value}`),
  only_purge_repaired_tombstones: anything,
  provide_overlapping_tombstones: anything,
  min_threshold: anything,
  max_threshold: anything,
};

const sizeTiered: Readonly<Record<string, Check>> = {
  min_sstable_size: asLong(0, (value, name) => `${name} must be non negative: ${value}`),
  bucket_low: anything,
  bucket_high: anything,
};

const strategies: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  SizeTieredCompactionStrategy: { ...common, ...sizeTiered },
  LeveledCompactionStrategy: {
    ...common,
    sstable_size_in_mb: asInteger(1, (value, name) => `${name} must be larger than 0, but was ${value}`),
    fanout_size: asInteger(1, (value, name) => `${name} must be larger than 0, but was ${value}`),
    single_sstable_uplevel: anything,
    ...sizeTiered,
  },
  TimeWindowCompactionStrategy: {
    ...common,
    timestamp_resolution: oneOf(['MICROSECONDS', 'MILLISECONDS', 'SECONDS', 'NANOSECONDS']),
    compaction_window_unit: oneOf(['MINUTES', 'HOURS', 'DAYS']),
    compaction_window_size: asInteger(1, (value, name) => `${value} must be greater than 1 for ${name}`),
    expired_sstable_check_frequency_seconds: asLong(0, negative),
    unsafe_aggressive_sstable_expiration: (value, name) => {
      if (!/^(?:true|false)$/i.test(value)) throw configError(`${name} is not 'true' or 'false' (${value})`);
    },
    ...sizeTiered,
  },
  DateTieredCompactionStrategy: {
    ...common,
    timestamp_resolution: oneOf(timeUnits, (value) => `timestamp_resolution ${value} is not valid`),
    max_sstable_age_days: (value, name) => {
      const number = parseDouble(value);
      if (number === undefined) throw configError(`${value} is not a parsable int (base10) for ${name}`);
      if (number < 0) throw configError(`${name} must be non-negative: ${number.toFixed(2)}`);
    },
    base_time_seconds: asLong(1, tooSmall),
    expired_sstable_check_frequency_seconds: asLong(0, negative),
    max_window_size_seconds: asLong(0, negative),
    ...sizeTiered,
  },
};

/** With the class in full, and thresholds where they were left out. */
export function readCompaction(options: PropertyMap): Readonly<Record<string, string>> {
  const className = options.get('class');
  if (className === undefined) throw configError("Missing sub-option 'class' for the 'compaction' option");
  const full = className.includes('.') ? className : prefix + className;
  const short = full.startsWith(prefix) ? full.slice(prefix.length) : '';
  const checks = Object.hasOwn(strategies, short) ? strategies[short]! : undefined;
  if (checks === undefined) throw configError(`Unable to find compaction strategy class '${full}'`);
  const given = new Map(options);
  given.delete('class');
  checkOverlapping(given.get('provide_overlapping_tombstones'));
  if (!given.has('min_threshold')) given.set('min_threshold', '4');
  if (!given.has('max_threshold')) given.set('max_threshold', '32');
  for (const [name, check] of Object.entries(checks)) {
    const value = given.get(name);
    if (value !== undefined) check(value, name);
  }
  checkBuckets(given);
  const unknown = [...given.keys()].filter((name) => !Object.hasOwn(checks, name));
  if (unknown.length > 0)
    throw configError(`Properties specified ${namesText(unknown)} are not understood by ${short}`);
  checkThresholds(given);
  return Object.fromEntries([['class', full], ...given]);
}

export const defaultCompaction = readCompaction(new Map([['class', 'SizeTieredCompactionStrategy']]));

function checkOverlapping(value = 'NONE'): void {
  const upper = value.toUpperCase();
  if (!['NONE', 'ROW', 'CELL'].includes(upper))
    throw configError(
      `Invalid value ${upper} for 'provide_overlapping_tombstones' compaction sub-option - must be one of the following [NONE, ROW, CELL].`,
    );
}

function checkBuckets(options: PropertyMap): void {
  const read = (name: string, otherwise: number) => {
    const value = options.get(name);
    if (value === undefined) return otherwise;
    const number = parseDouble(value);
    if (number === undefined) throw configError(`${value} is not a parsable float for ${name}`);
    return number;
  };
  const low = read('bucket_low', 0.5);
  const high = read('bucket_high', 1.5);
  if (high <= low)
    throw configError(`bucket_high value (${high}) is less than or equal to the bucket_low value (${low})`);
}

function checkThresholds(options: PropertyMap): void {
  const read = (name: string) => {
    const value = options.get(name)!;
    const number = /^\d+$/.test(value) ? parseInteger(value) : undefined;
    if (number === undefined)
      throw configError(`Invalid value ${value} for '${name}' compaction sub-option - must be an integer`);
    return number;
  };
  const min = read('min_threshold');
  const max = read('max_threshold');
  if (min <= 0 || max <= 0)
    throw configError(
      "Disabling compaction by setting compaction thresholds to 0 has been removed, set the compaction option 'enabled' to false instead.",
    );
  if (min <= 1) throw configError(`Min compaction threshold cannot be less than 2 (got ${min})`);
  if (min > max)
    throw configError(
      `Min compaction threshold (got ${min}) cannot be greater than max compaction threshold (got ${max})`,
    );
}
