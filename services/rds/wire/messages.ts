/**
 * Messages that the proxy writes: to clients as a server, and the first one to the engine ("Message Formats" of PostgreSQL's
 * manual). Strings are byte strings.
 */
import { type Fatal, OldFatal } from './errors.ts';
import { minorMax, type Startup } from './startup.ts';

const protocol = (minor: number) => 3 * 65_536 + minor;
const cancelCode = 80_877_102;

/** Answers of one byte to requests for encryption. */
export const tlsAccepted = Buffer.from('S', 'latin1');
export const gssRefused = Buffer.from('N', 'latin1');

export function message(type: string, ...parts: readonly (Buffer | string)[]): Buffer {
  const body = parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part));
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeUInt32BE(4 + body.reduce((sum, { length }) => sum + length, 0), 1);
  return Buffer.concat([head, ...body]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0, 0);
  return bytes;
}

export const authenticate = {
  cleartext: () => message('R', number(3)),
  md5: (salt: Buffer) => message('R', number(5), salt),
  sasl: (mechanisms: readonly string[]) =>
    message('R', number(10), ...mechanisms.map((name) => `${name}\0`), '\0'),
  saslContinue: (data: string) => message('R', number(11), data),
  saslFinal: (data: string) => message('R', number(12), data),
};

export function errorResponse(fatal: Fatal): Buffer {
  const { code, message: text, detail } = fatal;
  if (fatal instanceof OldFatal) return Buffer.from(`EFATAL:  ${text}\n\0`, 'latin1');
  const more = detail === undefined ? '' : `D${detail}\0`;
  return message('E', 'SFATAL\0', 'VFATAL\0', `C${code}\0`, `M${text}\0`, more, '\0');
}

/** @param key of 4 bytes before protocol 3.2 */
export function backendKeyData(pid: number, key: Buffer): Buffer {
  return message('K', number(pid), key);
}

/** Undefined when everything that was asked for is known. */
export function negotiation({ minor, options }: Startup): Buffer | undefined {
  if (minor <= minorMax && options.length === 0) return undefined;
  const names = options.map((name) => `${name}\0`);
  return message('v', number(protocol(Math.min(minor, minorMax))), number(options.length), ...names);
}

/** To the engine: the client's own parameters, in protocol 3.0, which every version speaks. */
export function startupMessage(startup: Startup): Buffer {
  const names = [...startup.parameters].filter(([name]) => name !== 'replication');
  const text = names.map(([name, value]) => `${name}\0${value}\0`).join('');
  return firstPacket(protocol(0), Buffer.from(`${text}\0`, 'latin1'));
}

export function cancelMessage(pid: number, key: Buffer): Buffer {
  return firstPacket(cancelCode, number(pid), key);
}

function firstPacket(code: number, ...body: readonly Buffer[]): Buffer {
  const length = 8 + body.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([number(length), number(code), ...body]);
}
