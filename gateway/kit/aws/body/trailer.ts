/** Trailing headers of an aws-chunked body. */
import { malformedTrailer } from './errors.ts';
import { trailersMax } from './limits.ts';

export const trailerSignatureName = 'x-amz-trailer-signature';

const fieldName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * Names announced in `x-amz-trailer`, lower case.
 * @throws AwsError
 */
export function announcedTrailers(header: string | undefined): ReadonlySet<string> {
  const names = new Set<string>();
  if (header === undefined) return names;
  for (const piece of header.split(',')) {
    const name = piece.trim().toLowerCase();
    if (!fieldName.test(name) || names.size >= trailersMax) throw malformedTrailer();
    names.add(name);
  }
  return names;
}

export interface TrailerLine {
  readonly name: string;
  readonly value: string;
}

/** @throws AwsError */
export function parseTrailerLine(line: string): TrailerLine {
  const colon = line.indexOf(':');
  const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
  if (!fieldName.test(name)) throw malformedTrailer();
  return { name, value: line.slice(colon + 1).trim() };
}

/** The announced and the sent trailers must be the same ones, each sent once. */
export class TrailerSet {
  readonly values = new Map<string, string>();
  readonly #announced: ReadonlySet<string>;
  /** `name:value\n` of each, in order of sending: what the trailer signature covers. */
  signedText = '';

  constructor(announced: ReadonlySet<string>) {
    this.#announced = announced;
  }

  /** @throws AwsError */
  add(line: TrailerLine): void {
    if (!this.#announced.has(line.name) || this.values.has(line.name)) throw malformedTrailer();
    this.values.set(line.name, line.value);
    this.signedText += `${line.name}:${line.value}\n`;
  }

  /** @throws AwsError when an announced one is missing */
  requireAll(): void {
    if (this.values.size !== this.#announced.size) throw malformedTrailer();
  }
}
