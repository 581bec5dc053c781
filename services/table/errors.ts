/** A blob that a reference names is not (or no longer) part of the domain. */
export class BlobUnknown extends Error {
  constructor() {
    super('the blob is not part of the domain');
    this.name = 'BlobUnknown';
  }
}

/** A record, key or projection beyond `tableLimits`, or a row in a format that the table does not know. */
export class TableMisuse extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TableMisuse';
  }
}
