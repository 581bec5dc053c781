/** IPv4 and IPv6 addresses and ranges for the condition operator IpAddress. */
import { isIPv4, isIPv6 } from 'node:net';

export interface IpRange {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/** @returns 4 or 16 bytes; an IPv4 address written as IPv6 (`::ffff:10.0.0.1`) gives 4; undefined when malformed */
export function parseIp(text: string): Uint8Array | undefined {
  if (isIPv4(text)) return Uint8Array.from(text.split('.'), Number);
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const bytes = parseIpv6(text);
  const mapped = bytes.subarray(0, 10).every((b) => b === 0) && bytes[10] === 255 && bytes[11] === 255;
  return mapped ? bytes.slice(12) : bytes;
}

/** @returns undefined for text that is neither an address nor `address/bits` */
export function parseIpRange(text: string): IpRange | undefined {
  const slash = text.indexOf('/');
  const bytes = parseIp(slash < 0 ? text : text.slice(0, slash));
  if (bytes === undefined) return undefined;
  if (slash < 0) return { bytes, bits: bytes.length * 8 };
  const digits = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(digits)) return undefined;
  const bits = Number(digits);
  return bits <= bytes.length * 8 ? { bytes, bits } : undefined;
}

export function inRange(address: Uint8Array, range: IpRange): boolean {
  if (address.length !== range.bytes.length) return false;
  const whole = range.bits >>> 3;
  for (let i = 0; i < whole; i++) if (address[i] !== range.bytes[i]) return false;
  const rest = range.bits & 7;
  return rest === 0 || (address[whole]! ^ range.bytes[whole]!) >>> (8 - rest) === 0;
}

/** @param text already checked by `isIPv6` */
function parseIpv6(text: string): Uint8Array {
  const dotted = text.lastIndexOf(':') + 1;
  let source = text;
  if (text.includes('.')) {
    const [a, b, c, d] = text.slice(dotted).split('.').map(Number) as [number, number, number, number];
    source = `${text.slice(0, dotted)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const [head, tail] = source.split('::') as [string, string | undefined];
  const groups = (part: string | undefined) => (part === undefined || part === '' ? [] : part.split(':'));
  const front = groups(head);
  const back = groups(tail);
  const all = [...front, ...Array<string>(8 - front.length - back.length).fill('0'), ...back];
  const bytes = new Uint8Array(16);
  all.forEach((group, i) => {
    const value = Number.parseInt(group, 16);
    bytes[2 * i] = value >>> 8;
    bytes[2 * i + 1] = value & 255;
  });
  return bytes;
}
