/**
 * Names of entries: their characters (APPNOTE 6.3.10, appendix D; the Info-ZIP Unicode Path extra field, 4.6.9) and which paths are taken.
 * Names without the flag of UTF-8 are UTF-8 all the same where they can be, as many programs write them so, and CP437 otherwise.
 */
import { isUtf8 } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { packageLimits } from './limits.ts';
import { ZipRefused } from './zip-refused.ts';

const unicodePathField = 0x7075;

/** Characters 128 to 255 of the code page of the first PC. */
const cp437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

/** @param extra fields of the entry in the central directory, by their ids */
export function decodeName(raw: Buffer, isFlagged: boolean, extra: ReadonlyMap<number, Buffer>): string {
  if (isFlagged) {
    if (!isUtf8(raw)) throw new ZipRefused('damaged', 'a name is not UTF-8');
    return raw.toString('utf8');
  }
  const field = extra.get(unicodePathField);
  if (field !== undefined && field.length > 5 && field[0] === 1 && field.readUInt32LE(1) === crc32(raw)) {
    const path = field.subarray(5);
    if (!isUtf8(path)) throw new ZipRefused('damaged', 'a Unicode path is not UTF-8');
    return path.toString('utf8');
  }
  if (isUtf8(raw)) return raw.toString('utf8');
  return Array.from(raw, (byte) => (byte < 128 ? String.fromCharCode(byte) : cp437[byte - 128])).join('');
}

/**
 * The parts of a path, below the package's folder. `./` and doubled slashes are dropped, as archivers write them.
 * @throws ZipRefused for whatever leads out of the folder on some system
 */
export function pathParts(name: string): readonly string[] {
  if (name.includes('\0')) throw new ZipRefused('hostile', 'a name has a zero byte');
  if (name.includes('\\')) throw new ZipRefused('hostile', 'a name has a backslash');
  if (name.startsWith('/')) throw new ZipRefused('hostile', 'a name is an absolute path');
  if (/^[A-Za-z]:/.test(name)) throw new ZipRefused('hostile', 'a name begins with a drive letter');
  if (Buffer.byteLength(name) > packageLimits.pathBytesMax)
    throw new ZipRefused('unsupported', `a path is longer than ${packageLimits.pathBytesMax} bytes`);
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new ZipRefused('hostile', 'a name leads upwards');
  if (parts.length > packageLimits.depthMax)
    throw new ZipRefused('unsupported', `a path has more than ${packageLimits.depthMax} parts`);
  if (parts.some((part) => Buffer.byteLength(part) > packageLimits.nameBytesMax))
    throw new ZipRefused('unsupported', `a name is longer than ${packageLimits.nameBytesMax} bytes`);
  return parts;
}
