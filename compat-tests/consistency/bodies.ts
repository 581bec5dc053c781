/** Bodies of a history: each is told from every other by its etag, which is known before it is sent. */
import { createHash } from 'node:crypto';
import { makeContent } from '../lib/content.ts';
import type { SeededRandom } from '../lib/random.ts';

export interface Body {
  readonly seed: number;
  readonly bytes: Buffer;
  /** Hex MD5. */
  readonly etag: string;
  /** Of an upload whose only part it is. */
  readonly multipartEtag: string;
}

/** Small enough to stand in the record, or large enough to be chunks. */
const smallBytesMax = 3000;
const largeBytes = 90_000;
const largeShare = 0.05;

export function makeBody(seed: number, random: SeededRandom): Body {
  const large = random.next() < largeShare;
  const bytes = makeContent(seed, large ? largeBytes + (seed % 1000) : random.between(16, smallBytesMax));
  const md5 = createHash('md5').update(bytes).digest();
  const multipartEtag = `${createHash('md5').update(md5).digest('hex')}-1`;
  return { seed, bytes, etag: md5.toString('hex'), multipartEtag };
}
