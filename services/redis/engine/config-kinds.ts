/** What values of parameters may be: each kind reads a text and gives it back as CONFIG GET shows it, or says why not. */
import { RedisError } from './errors.ts';
import { parseFloatStrict, parseInteger } from './numbers.ts';

export type ConfigParse = (text: string, before: string) => string;

export const int32Max = 2 ** 31 - 1;
export const int64Max = 2n ** 63n - 1n;

export const anyText: ConfigParse = (text) => text;

export const yesOrNo: ConfigParse = (text) => {
  const value = text.toLowerCase();
  if (value !== 'yes' && value !== 'no') throw new RedisError("argument must be 'yes' or 'no'");
  return value;
};

type Bound = number | bigint;

function withinBounds(value: Bound, min: Bound, max: Bound): string {
  if (value < min || value > max) {
    throw new RedisError(`argument must be between ${min} and ${max} inclusive`);
  }
  return String(value);
}

export function integer(min: Bound, max: Bound = int32Max): ConfigParse {
  return (text) => {
    const value = parseInteger(text);
    if (value === undefined) throw new RedisError("argument couldn't be parsed into an integer");
    return withinBounds(value, min, max);
  };
}

/** As `integer`, and a value outside of what makes sense is taken as the nearest that does. */
export function clampedInteger(min: number, max: number): ConfigParse {
  const parse = integer(0);
  return (text) => String(Math.min(Math.max(Number(parse(text, '')), min), max));
}

export function octal(max: number): ConfigParse {
  return (text) => {
    if (!/^[0-7]{1,10}$/.test(text)) throw new RedisError("argument couldn't be parsed as an octal number");
    const value = Number.parseInt(text, 8);
    if (value > max) throw new RedisError(`argument must be between 0 and ${max.toString(8)} inclusive`);
    return value.toString(8);
  };
}

const units: ReadonlyMap<string, bigint> = new Map([
  ['', 1n],
  ['b', 1n],
  ['k', 1000n],
  ['kb', 1024n],
  ['m', 1000n ** 2n],
  ['mb', 1024n ** 2n],
  ['g', 1000n ** 3n],
  ['gb', 1024n ** 3n],
]);

/** Bytes of `100`, `64kb`, `1gb`. @returns undefined when it is none */
export function parseMemory(text: string): bigint | undefined {
  const match = /^([0-9]{0,20})([a-z]{0,2})$/i.exec(text);
  const unit = match === null ? undefined : units.get(match[2]!.toLowerCase());
  return unit === undefined ? undefined : BigInt(match![1]!) * unit;
}

export function memory(min: Bound, max: Bound = int64Max): ConfigParse {
  return (text) => {
    const value = parseMemory(text);
    if (value === undefined) throw new RedisError('argument must be a memory value');
    return withinBounds(value, min, max);
  };
}

/** Bytes, or a percentage of `maxmemory`. */
export const memoryOrPercent: ConfigParse = (text) => {
  const percent = /^([0-9]{1,18})%$/.exec(text);
  if (percent !== null) {
    if (Number(percent[1]) > 100) throw new RedisError('percentage argument must be less or equal to 100');
    return `${Number(percent[1])}%`;
  }
  const value = parseMemory(text);
  if (value === undefined) throw new RedisError('argument must be a memory or percent value');
  return withinBounds(value, -100, int64Max);
};

function notOneOf(values: readonly string[]): RedisError {
  return new RedisError(`argument(s) must be one of the following: ${values.join(', ')}`);
}

export function oneOf(...values: readonly string[]): ConfigParse {
  return (text) => {
    const value = text.toLowerCase();
    if (!values.includes(value)) throw notOneOf(values);
    return value;
  };
}

const shutdownFlags = ['default', 'save', 'nosave', 'now', 'force'] as const;

/** Several words of SHUTDOWN, or `default` alone. */
export const shutdownOptions: ConfigParse = (text) => {
  const words = text.toLowerCase().split(/\s+/);
  for (const word of words) if (!shutdownFlags.some((flag) => flag === word)) throw notOneOf(shutdownFlags);
  const chosen = shutdownFlags.filter((flag) => flag !== 'default' && words.includes(flag));
  if (chosen.includes('save') && chosen.includes('nosave'))
    throw new RedisError("shutdown options SAVE and NOSAVE can't be used simultaneously");
  return chosen.length === 0 ? 'default' : chosen.join(' ');
};

/** Pairs of seconds and changes; empty for none. */
export const savePoints: ConfigParse = (text) => {
  const words = text.split(' ').filter((word) => word !== '');
  const invalid = new RedisError('Invalid save parameters');
  if (words.length % 2 === 1) throw invalid;
  words.forEach((word, i) => {
    const value = parseInteger(word);
    if (value === undefined || value > int32Max || value < (i % 2 === 0 ? 1 : 0)) throw invalid;
  });
  return words.join(' ');
};

const bufferClasses = ['normal', 'slave', 'pubsub'] as const;

/** Classes of clients with hard limit, soft limit and seconds; classes that are not named keep theirs. */
export const outputBufferLimits: ConfigParse = (text, before) => {
  const words = text.split(' ');
  if (words.length % 4 !== 0)
    throw new RedisError('Wrong number of arguments in buffer limit configuration.');
  const limits = new Map<string, string>();
  const earlier = before.split(' ');
  for (let i = 0; i < earlier.length; i += 4) limits.set(earlier[i]!, earlier.slice(i + 1, i + 4).join(' '));
  for (let i = 0; i < words.length; i += 4) {
    const given = words[i]!.toLowerCase();
    const name = given === 'replica' ? 'slave' : given;
    if (!bufferClasses.some((known) => known === name))
      throw new RedisError('Invalid client class specified in buffer limit configuration.');
    const hard = parseMemory(words[i + 1]!);
    const soft = parseMemory(words[i + 2]!);
    const seconds = parseInteger(words[i + 3]!);
    if (hard === undefined || soft === undefined || seconds === undefined || seconds < 0)
      throw new RedisError('Error in hard, soft or soft_seconds setting in buffer limit configuration.');
    limits.set(name, `${hard} ${soft} ${seconds}`);
  }
  return bufferClasses.map((name) => `${name} ${limits.get(name)!}`).join(' ');
};

export const oomScores: ConfigParse = (text) => {
  const words = text.split(' ');
  if (words.length !== 3) throw new RedisError('wrong number of arguments');
  for (const word of words) {
    const value = parseInteger(word);
    if (value === undefined || value < -2000 || value > 2000)
      throw new RedisError('Invalid oom-score-adj-values, elements must be between -2000 and 2000.');
  }
  return words.join(' ');
};

const eventClasses = 'g$lshzxetd';

/** Letters of keyspace events in Redis' order, `A` for all but `n` and `m`. */
export const keyspaceEvents: ConfigParse = (text) => {
  for (const letter of text) {
    if (!`A${eventClasses}KEmn`.includes(letter))
      throw new RedisError("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
  }
  const has = (letter: string): boolean => text.includes(letter);
  const classes = [...eventClasses];
  let shown = has('A') || classes.every(has) ? 'A' : classes.filter(has).join('');
  for (const letter of 'nKEm') if (has(letter)) shown += letter;
  return shown;
};

export const percentiles: ConfigParse = (text) =>
  text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => {
      const value = parseFloatStrict(word);
      if (value === undefined) throw new RedisError('Invalid latency-tracking-info-percentiles parameters');
      if (value < 0 || value > 100)
        throw new RedisError('latency-tracking-info-percentiles parameters should sit between [0.0,100.0]');
      return String(value);
    })
    .join(' ');

export const hostName: ConfigParse = (text) => {
  if (text.length >= 256) throw new RedisError('Hostnames must be less than 256 characters');
  if (!/^[A-Za-z0-9.-]*$/.test(text))
    throw new RedisError('Hostnames may only contain alphanumeric characters, hyphens or dots');
  return text;
};

const titleVariables = [
  'title',
  'listen-addr',
  'server-mode',
  'port',
  'tls-port',
  'unixsocket',
  'config-file',
];

export const titleTemplate: ConfigParse = (text) => {
  const left = text.replaceAll(/\{([a-z-]*)\}/g, (whole, name) =>
    titleVariables.includes(name) ? '' : whole,
  );
  if (/[{}]/.test(left)) throw new RedisError('template format is invalid or contains unknown variables');
  return text;
};
