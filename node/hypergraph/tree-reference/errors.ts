/** Bytes that are no proof and no tree of the reference. */
export class TreeFormatError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TreeFormatError';
  }
}
