/** `compression`: checked as Cassandra checks it, kept and shown. Nothing here obeys it. */
import {
  configError,
  doubleText,
  type PropertyMap,
  parseDouble,
  parseInteger,
  syntaxError,
} from './properties.ts';

const prefix = 'org.apache.cassandra.io.compress.';
const defaultChunkKb = 16;

type Check = (value: string) => void;

const compressors: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  LZ4Compressor: {
    lz4_compressor_type: (value) => {
      if (value !== 'fast' && value !== 'high')
        throw configError(
          `Invalid compressor type '${value}' specified for LZ4 parameter 'lz4_compressor_type'. Valid options are [high, fast].`,
        );
    },
    lz4_high_compressor_level: (value) => {
      const level = parseInteger(value);
      if (level === undefined || level < 1 || level > 17)
        throw configError(
          `Invalid value [${value}] for parameter 'lz4_high_compressor_level'. Value must be between 1 and 17.`,
        );
    },
  },
  SnappyCompressor: {},
  DeflateCompressor: {},
  NoopCompressor: {},
  ZstdCompressor: {
    compression_level: (value) => {
      const level = parseInteger(value);
      if (level === undefined || level < -131_072 || level > 22)
        throw configError(
          `ZstdCompressor.create() threw an error: java.lang.IllegalArgumentException compression_level=${value} is invalid`,
        );
    },
  },
};

export interface Compression {
  readonly map: Readonly<Record<string, string>>;
  /** Where it is given in its old place. */
  readonly crcCheckChance?: number;
}

export function readCompression(options: PropertyMap): Compression {
  const left = new Map(options);
  const crcCheckChance = readCrcCheckChance(left);
  const enabled = (options.get('enabled') ?? 'true').toLowerCase() === 'true';
  left.delete('enabled');
  if (options.size > 0 && enabled && !options.has('class') && !options.has('sstable_compression'))
    throw configError("Missing sub-option 'class' for the 'compression' option.");
  if (!enabled && left.size > 0)
    throw configError("If the 'enabled' option is set to false no other options must be specified");
  const className = enabled ? takeClass(left) : undefined;
  const chunkKb = takeChunkLength(left);
  const ratio = takeRatio(left);
  const full = checkCompressor(className, left);
  checkValues(chunkKb, ratio);
  const map: [string, string][] =
    full === undefined
      ? [['enabled', 'false']]
      : [
          ['chunk_length_in_kb', String(chunkKb)],
          ['class', full],
          ...left,
          ...(ratio === 0 ? [] : [['min_compress_ratio', doubleText(ratio)] as [string, string]]),
        ];
  return { map: Object.fromEntries(map), ...(crcCheckChance === undefined ? {} : { crcCheckChance }) };
}

export const defaultCompression = readCompression(new Map([['class', 'LZ4Compressor']])).map;

function readCrcCheckChance(left: Map<string, string>): number | undefined {
  const value = left.get('crc_check_chance');
  left.delete('crc_check_chance');
  if (value === undefined) return undefined;
  const chance = parseDouble(value);
  if (chance === undefined) throw syntaxError(`Invalid double value ${value} for crc_check_chance.'`);
  return chance;
}

function takeClass(left: Map<string, string>): string | undefined {
  const value = left.get('class');
  const old = left.get('sstable_compression');
  left.delete('class');
  left.delete('sstable_compression');
  if (value === undefined) return old;
  if (old !== undefined)
    throw configError(
      "The 'sstable_compression' option must not be used if the compression algorithm is already specified by the 'class' option",
    );
  if (value === '')
    throw configError("The 'class' option must not be empty. To disable compression use 'enabled' : false");
  return value;
}

function takeChunkLength(left: Map<string, string>): number {
  const value = left.get('chunk_length_in_kb');
  const old = left.get('chunk_length_kb');
  left.delete('chunk_length_in_kb');
  left.delete('chunk_length_kb');
  if (value !== undefined && old !== undefined)
    throw configError(
      "The 'chunk_length_kb' option must not be used if the chunk length is already specified by the 'chunk_length_in_kb' option",
    );
  const text = value ?? old;
  if (text === undefined) return defaultChunkKb;
  const length = parseInteger(text);
  if (length === undefined) throw configError('Invalid value for chunk_length_in_kb');
  if (length > Math.trunc((2 ** 31 - 1) / 1024))
    throw configError(`Value of chunk_length_in_kb is too large (${length})`);
  return length;
}

function takeRatio(left: Map<string, string>): number {
  const text = left.get('min_compress_ratio');
  left.delete('min_compress_ratio');
  if (text === undefined) return 0;
  const ratio = parseDouble(text);
  if (ratio === undefined) throw configError('Invalid value for min_compress_ratio');
  return ratio;
}

/** The class in full, or none: no compression. */
function checkCompressor(className: string | undefined, options: PropertyMap): string | undefined {
  if (className === undefined || className === '') {
    if (options.size > 0)
      throw configError(
        `Unknown compression options ([${[...options.keys()].join(', ')}]) since no compression class found`,
      );
    return undefined;
  }
  const full = className.includes('.') ? className : prefix + className;
  const short = full.startsWith(prefix) ? full.slice(prefix.length) : '';
  const checks = Object.hasOwn(compressors, short) ? compressors[short]! : undefined;
  if (checks === undefined) throw configError(`Could not create Compression for type ${full}`);
  for (const [name, value] of options) {
    if (!Object.hasOwn(checks, name)) throw configError(`Unknown compression options ${name}`);
    checks[name]!(value);
  }
  return full;
}

function checkValues(chunkKb: number, ratio: number): void {
  if (chunkKb <= 0) throw configError('Invalid negative or null chunk_length_in_kb');
  if ((chunkKb & (chunkKb - 1)) !== 0) throw configError('chunk_length_in_kb must be a power of 2');
  if (ratio < 0) throw configError('Invalid negative min_compress_ratio');
  if (ratio > 0 && ratio < 1)
    throw configError('min_compress_ratio can either be 0 or greater than or equal to 1');
}
