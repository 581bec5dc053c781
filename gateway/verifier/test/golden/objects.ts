/**
 * What the golden documents in this folder are about. They are not made anew: new versions must read them. Their names do not
 * end in .json, since a formatter would change their form, and with it what they are.
 */
import { readFileSync } from 'node:fs';

export const Bucket = 'album';
/** More objects than a leaf of the bucket's tree may hold give it a branch. */
export const leafAtomsMax = 16_384;

export interface Golden {
  readonly file: string;
  readonly key: string;
  /** Of the object; undefined: there is none. */
  readonly body: (() => Uint8Array) | undefined;
  /** How the proof was asked for. */
  readonly query: string;
}

const countedBytes = (length: number) => Uint8Array.from({ length }, (_, at) => at * 31 + (at >>> 8));

export const goldens = [
  { file: 'inline.proof', key: 'hello', body: () => new TextEncoder().encode('hello, world\n'), query: '' },
  { file: 'chunk.proof', key: 'one chunk', body: () => countedBytes(100_000), query: '' },
  { file: 'chunks.proof', key: 'two chunks', body: () => countedBytes(2 ** 23 + 5), query: '' },
  { file: 'delay.proof', key: 'hello, later', body: () => new Uint8Array(0), query: '&delay=true' },
  { file: 'absent.proof', key: 'nobody', body: undefined, query: '&disclose-address-key=true' },
] as const satisfies readonly Golden[];

export type GoldenFile = (typeof goldens)[number]['file'];

export const goldenText = (file: GoldenFile): string => readFileSync(new URL(file, import.meta.url), 'utf8');
export const goldenTrustRoot = (): string =>
  readFileSync(new URL('trust-root.txt', import.meta.url), 'utf8').trim();
