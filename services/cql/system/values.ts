/** Values of system tables that schema/system-values.ts has no need of. */
import type { Value } from '../types/api.ts';
import { parseInet } from '../types/inet-text.ts';

export {
  booleanValue,
  doubleValue,
  intValue,
  mapValue,
  setValue,
  textValue,
  uuidValue,
} from '../schema/system-values.ts';

export function bigintValue(value: bigint | number): Value {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

/** 4 or 16 bytes; unspecified for what is no address. */
export function inetValue(text: string): Value {
  return parseInet(plainAddress(text)) ?? Buffer.alloc(4);
}

/** An IPv4 address as sockets of both families show it, without what is around it. */
export function plainAddress(text: string): string {
  return text.startsWith('::ffff:') ? text.slice(7) : text;
}
