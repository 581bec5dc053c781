/** Bytes are not what they should be. Runs in browsers: verifiers read some of the same bytes. */
export class FormatError extends Error {
  constructor(what: string) {
    super(`malformed: ${what}`);
    this.name = 'FormatError';
  }
}
