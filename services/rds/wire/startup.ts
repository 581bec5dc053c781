/**
 * The packets that begin a connection ("Message Formats": SSLRequest, GSSENCRequest, CancelRequest, StartupMessage): a length,
 * a number, and no type.
 */
import { Breach, Fatal, OldFatal } from './errors.ts';
import { wireLimits } from './limits.ts';

const { startupBytesMax, nameBytesMax, cancelKeyBytesMax } = wireLimits;

const sslRequest = 80_877_103;
const gssRequest = 80_877_104;
const cancelRequest = 80_877_102;
const major = 3;
/** The newest minor version: its cancel keys are longer. */
export const minorMax = 2;
const lengthBytes = 4;
const headBytes = 8;
const keyBytesMin = 4;

export interface Startup {
  readonly kind: 'startup';
  /** As asked for; at most `minorMax` is spoken. */
  readonly minor: number;
  /** Without those of `_pq_.`. Byte strings. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Names of protocol options, none of which is known. */
  readonly options: readonly string[];
  readonly user: string;
  readonly database: string;
}

export type FirstPacket =
  | { readonly kind: 'tls' }
  | { readonly kind: 'gss' }
  | { readonly kind: 'cancel'; readonly pid: number; readonly key: Buffer }
  | Startup;

/** First byte of a TLS handshake, which no first packet begins with: it would be too long. */
export const tlsFirstByte = 0x16;

/** @param bytes at least four @returns length of the whole packet @throws Breach */
export function firstPacketBytes(bytes: Buffer): number {
  const length = bytes.readUInt32BE(0);
  if (length < headBytes || length > lengthBytes + startupBytesMax)
    throw new Breach('invalid length of startup packet');
  return length;
}

/** @param packet whole @throws Fatal, Breach */
export function parseFirstPacket(packet: Buffer): FirstPacket {
  const code = packet.readUInt32BE(4);
  if (code === sslRequest) return { kind: 'tls' };
  if (code === gssRequest) return { kind: 'gss' };
  if (code === cancelRequest) return parseCancel(packet);
  const asked = { major: code >>> 16, minor: code & 0xffff };
  if (asked.major !== major) throw unsupportedVersion(asked);
  return parseStartup(packet, asked.minor);
}

export function unsupportedVersion(asked: { readonly major: number; readonly minor: number }): Fatal {
  const isOld = asked.major < major && asked.major + asked.minor > 0;
  const Kind = isOld ? OldFatal : Fatal;
  return new Kind(
    '0A000',
    `unsupported frontend protocol ${asked.major}.${asked.minor}: server supports ${major}.0 to ${major}.${minorMax}`,
  );
}

/** A request for encryption where one has been answered already. */
export function repeatedRequest(kind: 'tls' | 'gss'): Fatal {
  const code = kind === 'tls' ? sslRequest : gssRequest;
  return unsupportedVersion({ major: code >>> 16, minor: code & 0xffff });
}

function parseCancel(packet: Buffer): FirstPacket {
  const keyBytes = packet.length - headBytes - 4;
  if (keyBytes < keyBytesMin || keyBytes > cancelKeyBytesMax) {
    throw new Breach('invalid length of query cancel packet');
  }
  return { kind: 'cancel', pid: packet.readUInt32BE(headBytes), key: packet.subarray(headBytes + 4) };
}

function parseStartup(packet: Buffer, minor: number): Startup {
  const parameters = new Map<string, string>();
  const options: string[] = [];
  let at = headBytes;
  while (at < packet.length && packet[at] !== 0) {
    const nameEnd = packet.indexOf(0, at);
    const valueEnd = nameEnd < 0 ? -1 : packet.indexOf(0, nameEnd + 1);
    if (valueEnd < 0) break;
    const name = packet.latin1Slice(at, nameEnd);
    if (name.startsWith('_pq_.')) options.push(name);
    else parameters.set(name, packet.latin1Slice(nameEnd + 1, valueEnd));
    at = valueEnd + 1;
  }
  if (at !== packet.length - 1) {
    throw new Fatal('08P01', 'invalid startup packet layout: expected terminator as last byte');
  }
  const user = cut(parameters.get('user') ?? '');
  if (user === '') throw new Fatal('28000', 'no PostgreSQL user name specified in startup packet');
  const database = cut(parameters.get('database') || user);
  return { kind: 'startup', minor, parameters, options, user, database };
}

/** The engine cuts at a character's end where it can; a name that is cut inside one is nobody's. */
function cut(name: string): string {
  return name.slice(0, nameBytesMax);
}

const falses = ['f', 'fa', 'fal', 'fals', 'false', 'n', 'no', 'of', 'off', '0'];

/** Whether a connection for replication is asked for. What is no truth value at all is taken for one. */
export function asksReplication(startup: Startup): boolean {
  const value = startup.parameters.get('replication');
  return value !== undefined && !falses.includes(value.toLowerCase());
}
