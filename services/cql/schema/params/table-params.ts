/** What WITH sets of a table: read, checked, with the defaults of Cassandra 4.0. */
import { schemaLimits } from '../limits.ts';
import type { ParamValue, TableParams } from '../model.ts';
import { defaultCaching, readCaching } from './caching.ts';
import { defaultCompaction, leveledClass, readCompaction } from './compaction.ts';
import { defaultCompression, readCompression } from './compression.ts';
import {
  booleanProperty,
  checkNames,
  configError,
  doubleProperty,
  doubleText,
  integerProperty,
  mapProperty,
  noProperties,
  type Properties,
  textProperty,
} from './properties.ts';
import { readRetryPolicy } from './speculative-retry.ts';

const known: ReadonlySet<string> = new Set([
  'additional_write_policy',
  'bloom_filter_fp_chance',
  'caching',
  'cdc',
  'comment',
  'compaction',
  'compression',
  'crc_check_chance',
  'default_time_to_live',
  'extensions',
  'gc_grace_seconds',
  'id',
  'max_index_interval',
  'memtable_flush_period_in_ms',
  'min_index_interval',
  'read_repair',
  'speculative_retry',
]);

/** Of the smallest Bloom filter that Cassandra can make. */
const leastFalsePositives = 6.71e-5;

type Changes = Record<string, ParamValue>;

/** Of a new table. `bloom_filter_fp_chance` depends on the compaction unless it is given. */
export function newTableParams(properties: Properties): TableParams {
  checkNames(properties, known);
  const changes = readParams(properties);
  const isLeveled = (changes.compaction as Record<string, string> | undefined)?.class === leveledClass;
  const params = { ...defaults, bloom_filter_fp_chance: isLeveled ? 0.1 : 0.01, ...changes };
  checkParams(params);
  return params;
}

export function alteredTableParams(before: TableParams, properties: Properties): TableParams {
  checkNames(properties, known);
  const changes = readParams(properties);
  if (properties.has('id')) throw configError('Cannot alter table id.');
  const params = { ...before, ...changes };
  checkParams(params);
  return params;
}

const defaults: TableParams = {
  additional_write_policy: '99p',
  bloom_filter_fp_chance: 0.01,
  caching: defaultCaching,
  cdc: false,
  comment: '',
  compaction: defaultCompaction,
  compression: defaultCompression,
  crc_check_chance: 1,
  default_time_to_live: 0,
  extensions: {},
  gc_grace_seconds: 864_000,
  max_index_interval: 2048,
  memtable_flush_period_in_ms: 0,
  min_index_interval: 128,
  read_repair: 'BLOCKING',
  speculative_retry: '99p',
};

export const defaultTableParams: TableParams = newTableParams(noProperties);

function readParams(properties: Properties): Changes {
  const changes: Changes = {};
  const put = (name: string, value: ParamValue | undefined) => {
    if (value !== undefined) changes[name] = value;
  };
  const putMap = (name: string, read: (map: ReadonlyMap<string, string>) => ParamValue) => {
    const map = mapProperty(properties, name);
    if (map !== undefined) changes[name] = read(map);
  };
  const putPolicy = (name: string) => {
    const text = textProperty(properties, name);
    if (text !== undefined) changes[name] = readRetryPolicy(text);
  };
  put('bloom_filter_fp_chance', doubleProperty(properties, 'bloom_filter_fp_chance'));
  putMap('caching', readCaching);
  put('comment', textProperty(properties, 'comment'));
  putMap('compaction', readCompaction);
  putMap('compression', (map) => {
    const compression = readCompression(map);
    put('crc_check_chance', compression.crcCheckChance);
    return compression.map;
  });
  for (const name of [
    'default_time_to_live',
    'gc_grace_seconds',
    'max_index_interval',
    'memtable_flush_period_in_ms',
    'min_index_interval',
  ])
    put(name, integerProperty(properties, name));
  putPolicy('speculative_retry');
  putPolicy('additional_write_policy');
  put('crc_check_chance', doubleProperty(properties, 'crc_check_chance'));
  put('cdc', booleanProperty(properties, 'cdc'));
  put('read_repair', readReadRepair(textProperty(properties, 'read_repair')));
  return changes;
}

function readReadRepair(value: string | undefined): string | undefined {
  const upper = value?.toUpperCase();
  if (upper === undefined || upper === 'BLOCKING' || upper === 'NONE') return upper;
  throw configError(`No enum constant org.apache.cassandra.service.reads.repair.ReadRepairStrategy.${upper}`);
}

function checkParams(params: TableParams): void {
  const number = (name: string) => params[name] as number;
  const bloom = number('bloom_filter_fp_chance');
  // Written so that NaN fails too.
  if (!(bloom > leastFalsePositives && bloom <= 1))
    throw configError(
      `bloom_filter_fp_chance must be larger than ${doubleText(leastFalsePositives)} and less than or equal to 1.0 (got ${doubleText(bloom)})`,
    );
  const crc = number('crc_check_chance');
  if (!(crc >= 0 && crc <= 1))
    throw configError(
      `crc_check_chance must be larger than or equal to 0 and smaller than or equal to 1.0 (got ${doubleText(crc)})`,
    );
  const atLeast = (name: string, least: number) => {
    if (number(name) < least)
      throw configError(`${name} must be greater than or equal to ${least} (got ${number(name)})`);
  };
  atLeast('default_time_to_live', 0);
  if (number('default_time_to_live') > schemaLimits.ttl)
    throw configError(
      `default_time_to_live must be less than or equal to ${schemaLimits.ttl} (got ${number('default_time_to_live')})`,
    );
  atLeast('gc_grace_seconds', 0);
  atLeast('min_index_interval', 1);
  if (number('max_index_interval') < number('min_index_interval'))
    throw configError(
      `max_index_interval must be greater than or equal to min_index_interval (${number('min_index_interval')}) (got ${number('max_index_interval')})`,
    );
  atLeast('memtable_flush_period_in_ms', 0);
}

/** `WITH ID = …`: 16 bytes in hexadecimal. */
export function givenTableId(properties: Properties): string | undefined {
  const text = textProperty(properties, 'id');
  if (text === undefined) return undefined;
  const parts = /^([0-9a-f]{1,8})-([0-9a-f]{1,4})-([0-9a-f]{1,4})-([0-9a-f]{1,4})-([0-9a-f]{1,12})$/i.exec(
    text,
  );
  if (parts === null) throw configError('Invalid table id');
  const widths = [8, 4, 4, 4, 12];
  return widths
    .map((width, at) => parts[at + 1]!.padStart(width, '0'))
    .join('')
    .toLowerCase();
}
