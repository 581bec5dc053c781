/**
 * Version ids: 16 bytes, the version's sequence (8, big-endian) and 8 random ones, shown as base64url. So the id leads to the
 * version's record without an index. The null version has no bytes and is shown as `null`.
 */
import { type Bytes, noBytes, viewOf } from './bytes.ts';

const versionIdBytes = 16;
const sequenceBytes = 8;
export const versionIdRandomBytes = versionIdBytes - sequenceBytes;

const nullVersionText = 'null';

/** The null version as a name. */
export const nullVersion: Bytes = noBytes;

/** @param random `versionIdRandomBytes` of them: ids cannot be guessed, and none returns when a key starts anew */
export function newVersionId(sequence: number, random: Bytes): Bytes {
  const id = Buffer.allocUnsafe(versionIdBytes);
  id.writeBigUInt64BE(BigInt(sequence), 0);
  id.set(random.subarray(0, versionIdRandomBytes), sequenceBytes);
  return id;
}

export function isNullVersion(id: Bytes): boolean {
  return id.length === 0;
}

/** @param id not of the null version, whose sequence stands in the head */
export function sequenceOf(id: Bytes): number {
  return Number(viewOf(id).readBigUInt64BE(0));
}

export function versionIdText(id: Bytes): string {
  return id.length === 0 ? nullVersionText : viewOf(id).toString('base64url');
}

/** @returns undefined for text that cannot be a version id: another spelling of the same bytes is none either */
export function versionIdOf(text: string): Bytes | undefined {
  if (text === nullVersionText) return nullVersion;
  const id = Buffer.from(text, 'base64url');
  if (id.length !== versionIdBytes || id.toString('base64url') !== text) return undefined;
  const sequence = sequenceOf(id);
  return Number.isSafeInteger(sequence) && sequence >= 1 ? id : undefined;
}
