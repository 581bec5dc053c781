/** Parameters of memory and expiry, as redis.conf describes them. */
import type { ConfigRow } from './config.ts';
import { RedisError } from './errors.ts';

const policies = [
  'volatile-lru',
  'volatile-lfu',
  'volatile-random',
  'volatile-ttl',
  'allkeys-lru',
  'allkeys-lfu',
  'allkeys-random',
  'noeviction',
];

const units: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1000,
  kb: 1024,
  m: 1000 ** 2,
  mb: 1024 ** 2,
  g: 1000 ** 3,
  gb: 1024 ** 3,
};

/** `100mb` as bytes in digits. @throws RedisError */
export function parseMemory(text: string): string {
  const match = /^([0-9]{1,18})([a-z]{0,2})$/i.exec(text);
  const unit = match === null ? undefined : units[match[2]!.toLowerCase()];
  if (unit === undefined) throw new RedisError('argument must be a memory value');
  return String(Number(match![1]) * unit);
}

function wholeNumber(least: number, most: number): (text: string) => string {
  return (text) => {
    if (!/^-?[0-9]{1,15}$/.test(text)) throw new RedisError("argument couldn't be parsed into an integer");
    const value = Number(text);
    if (value < least || value > most) {
      throw new RedisError(`argument must be between ${least} and ${most} inclusive`);
    }
    return String(value);
  };
}

function onePolicy(text: string): string {
  const policy = text.toLowerCase();
  if (!policies.includes(policy)) {
    throw new RedisError(`argument(s) must be one of the following: ${policies.join(', ')}`);
  }
  return policy;
}

const intMax = 2 ** 31 - 1;

export const memoryConfig: readonly ConfigRow[] = [
  { name: 'maxmemory', initial: '0', parse: parseMemory },
  { name: 'maxmemory-policy', initial: 'noeviction', parse: onePolicy },
  { name: 'maxmemory-samples', initial: '5', parse: wholeNumber(1, intMax) },
  { name: 'lfu-log-factor', initial: '10', parse: wholeNumber(0, intMax) },
  { name: 'lfu-decay-time', initial: '1', parse: wholeNumber(0, intMax) },
];
