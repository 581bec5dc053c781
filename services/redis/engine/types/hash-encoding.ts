/** The encoding redis-server 7.2 would have chosen for a hash: what once was too large for a listpack stays a table. */
import type { Config } from '../config.ts';
import type { HashValue } from './hash-value.ts';

export function hashEncoding(hash: HashValue, config: Config): 'listpack' | 'hashtable' {
  return hash.sizeMost > config.number('hash-max-listpack-entries') ||
    hash.textMost > config.number('hash-max-listpack-value')
    ? 'hashtable'
    : 'listpack';
}
