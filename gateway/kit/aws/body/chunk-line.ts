/** The line before a chunk: `10000;chunk-signature=ad80…`, without its line end. */
import { hexDigit } from '../http/percent.ts';
import { malformedChunk } from './errors.ts';
import { chunkSizeDigitsMax } from './limits.ts';

export interface ChunkLine {
  readonly bytes: number;
  readonly signature: string | undefined;
}

const signatureName = 'chunk-signature=';

/** @throws AwsError */
export function parseChunkLine(line: string): ChunkLine {
  const semicolon = line.indexOf(';');
  const digits = semicolon < 0 ? line : line.slice(0, semicolon);
  if (digits.length === 0 || digits.length > chunkSizeDigitsMax) throw malformedChunk('bad chunk size');
  let bytes = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = hexDigit(digits.charCodeAt(i));
    if (digit < 0) throw malformedChunk('bad chunk size');
    bytes = bytes * 16 + digit;
  }
  if (semicolon < 0) return { bytes, signature: undefined };
  const extension = line.slice(semicolon + 1);
  if (!extension.startsWith(signatureName)) throw malformedChunk('unknown chunk extension');
  return { bytes, signature: extension.slice(signatureName.length) };
}
