/**
 * Errors a client gets. Thrown by commands, written by the dispatcher; no stack is captured, as clients cause them at will.
 * Texts are those of Redis 7.2, which libraries compare.
 */
export class RedisError {
  /** With its code: `ERR syntax error`. */
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

export const wrongType = new RedisError('WRONGTYPE Operation against a key holding the wrong kind of value');
export const syntaxError = new RedisError('ERR syntax error');
export const notInteger = new RedisError('ERR value is not an integer or out of range');
export const notFloat = new RedisError('ERR value is not a valid float');
export const noSuchKey = new RedisError('ERR no such key');
export const outOfRange = new RedisError('ERR index out of range');
export const outOfMemory = new RedisError("OOM command not allowed when used memory > 'maxmemory'.");
export const tooLong = new RedisError('ERR string exceeds maximum allowed size (proto-max-bulk-len)');

export const notDurable = new RedisError(
  'MISCONF Errors writing to the AOF file: nothing can be made durable now.',
);
export const notEnoughReplicas = new RedisError('NOREPLICAS Not enough good replicas to write.');

export function wrongArity(name: string): RedisError {
  return new RedisError(`ERR wrong number of arguments for '${name}' command`);
}

export function invalidExpire(name: string): RedisError {
  return new RedisError(`ERR invalid expire time in '${name}' command`);
}
