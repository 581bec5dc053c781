/** Values of records as they are shown. Texts that somebody chose stand in quotes, so that none is taken for the sentence around it. */
import { hex } from '@hypergate/node/verifier';
import { sha256 } from '@noble/hashes/sha2.js';

export type Facts = (readonly [name: string, value: string])[];

export const quoted = (text: string): string => JSON.stringify(text);

export const hashText = (bytes: Uint8Array): string => hex(sha256(bytes));

export function timeText(timeMs: number): string {
  if (timeMs > 8.64e15) return `${timeMs} ms after 1970`;
  return new Date(timeMs).toISOString();
}

/** A fact that is not always there. */
export const fact = <Value>(name: string, value: Value | undefined, text: (value: Value) => string): Facts =>
  value === undefined ? [] : [[name, text(value)]];
