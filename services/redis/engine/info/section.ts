/** A part of INFO: its fields in the order of redis-server. */
import type { Engine } from '../engine.ts';

export type InfoField = readonly [name: string, value: string | number];

export interface InfoSection {
  /** As in the words of INFO, lower case. */
  readonly name: string;
  readonly title: string;
  /** Without words only these are shown. */
  readonly byDefault: boolean;
  fields(engine: Engine): InfoField[];
}

/** `1.50M` */
export function humanBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`;
  let value = bytes / 1024;
  for (const unit of ['K', 'M', 'G', 'T', 'P']) {
    if (value < 1024) return `${value.toFixed(2)}${unit}`;
    value /= 1024;
  }
  return `${value.toFixed(2)}E`;
}

/** Bytes, and the same for people. */
export function bytesAndHuman(name: string, bytes: number): InfoField[] {
  return [
    [name, bytes],
    [`${name}_human`, humanBytes(bytes)],
  ];
}

/** A quotient with two digits. */
export function ratio(part: number, whole: number): string {
  return (whole === 0 ? 0 : part / whole).toFixed(2);
}
