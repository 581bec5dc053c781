import { expect, test } from 'vitest';
import { readCompression } from '../params/compression.ts';
import { doubleText } from '../params/properties.ts';
import { readRetryPolicy } from '../params/speculative-retry.ts';
import { alteredTableParams, defaultTableParams, newTableParams } from '../params/table-params.ts';
import { map, problem, properties } from './support.ts';

type Options = Parameters<typeof properties>[0];
const read = (options: Options) => newTableParams(properties(options));
const refused = (options: Options) => problem(() => read(options));

test('what is not said is as in Cassandra 4.0', () => {
  expect(defaultTableParams).toEqual({
    additional_write_policy: '99p',
    bloom_filter_fp_chance: 0.01,
    caching: { keys: 'ALL', rows_per_partition: 'NONE' },
    cdc: false,
    comment: '',
    compaction: {
      class: 'org.apache.cassandra.db.compaction.SizeTieredCompactionStrategy',
      min_threshold: '4',
      max_threshold: '32',
    },
    compression: { chunk_length_in_kb: '16', class: 'org.apache.cassandra.io.compress.LZ4Compressor' },
    crc_check_chance: 1,
    default_time_to_live: 0,
    extensions: {},
    gc_grace_seconds: 864000,
    max_index_interval: 2048,
    memtable_flush_period_in_ms: 0,
    min_index_interval: 128,
    read_repair: 'BLOCKING',
    speculative_retry: '99p',
  });
});

test('leveled compaction has another default of the Bloom filter, at creation only', () => {
  const compaction = { class: 'LeveledCompactionStrategy' };
  expect(read({ compaction }).bloom_filter_fp_chance).toBe(0.1);
  expect(read({ compaction, bloom_filter_fp_chance: '0.5' }).bloom_filter_fp_chance).toBe(0.5);
  expect(alteredTableParams(defaultTableParams, properties({ compaction })).bloom_filter_fp_chance).toBe(
    0.01,
  );
});

test.each<[Options, string]>([
  [{ nothing: '1' }, "syntax: Unknown property 'nothing'"],
  [{ comment: {} }, "syntax: Invalid value for property 'comment'. It should be a string"],
  [{ caching: 'ALL' }, "syntax: Invalid value for property 'caching'. It should be a map."],
  [{ gc_grace_seconds: 'x' }, "syntax: Invalid integer value x for 'gc_grace_seconds'"],
  [{ gc_grace_seconds: '2147483648' }, "syntax: Invalid integer value 2147483648 for 'gc_grace_seconds'"],
  [{ gc_grace_seconds: '-1' }, 'config: gc_grace_seconds must be greater than or equal to 0 (got -1)'],
  [
    { default_time_to_live: '-1' },
    'config: default_time_to_live must be greater than or equal to 0 (got -1)',
  ],
  [
    { default_time_to_live: '630720001' },
    'config: default_time_to_live must be less than or equal to 630720000 (got 630720001)',
  ],
  [{ bloom_filter_fp_chance: 'x' }, "syntax: Invalid double value x for 'bloom_filter_fp_chance'"],
  [
    { bloom_filter_fp_chance: '0' },
    'config: bloom_filter_fp_chance must be larger than 6.71E-5 and less than or equal to 1.0 (got 0.0)',
  ],
  [
    { crc_check_chance: '2' },
    'config: crc_check_chance must be larger than or equal to 0 and smaller than or equal to 1.0 (got 2.0)',
  ],
  [
    { min_index_interval: '512', max_index_interval: '256' },
    'config: max_index_interval must be greater than or equal to min_index_interval (512) (got 256)',
  ],
  [
    { cdc: 'maybe' },
    "syntax: Invalid boolean value maybe for 'cdc'. Positive values can be '1', 'true' or 'yes'. Negative values can be '0', 'false' or 'no'.",
  ],
  [
    { caching: { key: 'ALL' } },
    "config: Invalid caching sub-options [key]: only 'keys' and 'rows_per_partition' are allowed",
  ],
  [
    { caching: { keys: 'SOME' } },
    "config: Invalid value 'SOME' for caching sub-option 'keys': only 'ALL' and 'NONE' are allowed",
  ],
  [
    { caching: { rows_per_partition: '-1' } },
    "config: Invalid value '-1' for caching sub-option 'rows_per_partition': only 'ALL', 'NONE', and integer values are allowed",
  ],
  [{ compaction: {} }, "config: Missing sub-option 'class' for the 'compaction' option"],
  [
    { compaction: { class: 'NoStrategy' } },
    "config: Unable to find compaction strategy class 'org.apache.cassandra.db.compaction.NoStrategy'",
  ],
  [
    { compaction: { class: 'constructor' } },
    "config: Unable to find compaction strategy class 'org.apache.cassandra.db.compaction.constructor'",
  ],
  [
    { compaction: { class: 'SizeTieredCompactionStrategy', sstable_size_in_mb: '1', a: 'b' } },
    'config: Properties specified [a, sstable_size_in_mb] are not understood by SizeTieredCompactionStrategy',
  ],
  [
    { compaction: { class: 'LeveledCompactionStrategy', sstable_size_in_mb: '0' } },
    'config: sstable_size_in_mb must be larger than 0, but was 0',
  ],
  [
    { compaction: { class: 'LeveledCompactionStrategy', sstable_size_in_mb: 'x' } },
    'config: x is not a parsable int (base10) for sstable_size_in_mb',
  ],
  [
    { compaction: { class: 'SizeTieredCompactionStrategy', tombstone_threshold: '-0.4' } },
    'config: tombstone_threshold must be greater than 0, but was -0.400000',
  ],
  [
    { compaction: { class: 'SizeTieredCompactionStrategy', min_threshold: '1' } },
    'config: Min compaction threshold cannot be less than 2 (got 1)',
  ],
  [
    { compaction: { class: 'SizeTieredCompactionStrategy', min_threshold: '40' } },
    'config: Min compaction threshold (got 40) cannot be greater than max compaction threshold (got 32)',
  ],
  [
    { compaction: { class: 'TimeWindowCompactionStrategy', compaction_window_unit: 'YEARS' } },
    'config: YEARS is not valid for compaction_window_unit',
  ],
  [
    { compression: { chunk_length_in_kb: '4' } },
    "config: Missing sub-option 'class' for the 'compression' option.",
  ],
  [
    { compression: { class: 'NoCompressor' } },
    'config: Could not create Compression for type org.apache.cassandra.io.compress.NoCompressor',
  ],
  [
    { compression: { class: 'LZ4Compressor', chunk_length_in_kb: '3' } },
    'config: chunk_length_in_kb must be a power of 2',
  ],
  [
    { compression: { class: 'LZ4Compressor', chunk_length_in_kb: '0' } },
    'config: Invalid negative or null chunk_length_in_kb',
  ],
  [
    { compression: { class: 'LZ4Compressor', chunk_length_in_kb: '1.1' } },
    'config: Invalid value for chunk_length_in_kb',
  ],
  [{ compression: { class: 'LZ4Compressor', nothing: '1' } }, 'config: Unknown compression options nothing'],
  [
    { compression: { class: 'LZ4Compressor', min_compress_ratio: '0.5' } },
    'config: min_compress_ratio can either be 0 or greater than or equal to 1',
  ],
  [
    { compression: { enabled: 'false', chunk_length_in_kb: '4' } },
    "config: If the 'enabled' option is set to false no other options must be specified",
  ],
  [{ speculative_retry: 'sometimes' }, "config: Invalid value sometimes for option 'speculative_retry'"],
])('refused: %j', (options, message) => {
  expect(refused(options)).toBe(message);
});

test('compression is kept in its present form', () => {
  expect(
    readCompression(map({ sstable_compression: 'DeflateCompressor', chunk_length_kb: '64' })).map,
  ).toEqual({
    class: 'org.apache.cassandra.io.compress.DeflateCompressor',
    chunk_length_in_kb: '64',
  });
  expect(readCompression(map({})).map).toEqual({ enabled: 'false' });
  expect(readCompression(map({ enabled: 'false' })).map).toEqual({ enabled: 'false' });
  expect(read({ compression: { class: 'LZ4Compressor', crc_check_chance: '0.5' } }).crc_check_chance).toBe(
    0.5,
  );
});

test.each([
  ['always', 'ALWAYS'],
  ['None', 'NEVER'],
  ['never', 'NEVER'],
  ['99PERCENTILE', '99p'],
  ['99.50p', '99.5p'],
  ['10.7ms', '10ms'],
  ['min(99p, 50ms)', 'MIN(99p,50ms)'],
  ['MAX(50ms,99.0percentile)', 'MAX(99p,50ms)'],
])('retrying %s is %s', (given, shown) => expect(readRetryPolicy(given)).toBe(shown));

test.each([
  ['100p', 'must be between (0.0 and 100.0)'],
  ['MIN(1ms,2ms)', 'both are of type FIXED'],
  ['1.2.3ms', "for option 'speculative_retry'"],
])('retrying %s is refused', (given, message) => {
  expect(problem(() => readRetryPolicy(given))).toContain(message);
});

test.each([
  [0.01, '0.01'],
  [1, '1.0'],
  [0.0001, '1.0E-4'],
  [6.71e-5, '6.71E-5'],
  [12345678, '1.2345678E7'],
  [0, '0.0'],
])('%d is written %s', (value, text) => expect(doubleText(value)).toBe(text));
