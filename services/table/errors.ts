/** A blob that a reference names is not (or no longer) part of the domain. */
export class BlobUnknown extends Error {
  constructor() {
    super('the blob is not part of the domain');
    this.name = 'BlobUnknown';
  }
}

/** A relation that is to be proven is not (or no longer) there. */
export class RelationUnknown extends Error {
  constructor() {
    super('there is no such relation');
    this.name = 'RelationUnknown';
  }
}

/** A record, key or projection beyond `tableLimits`, or a row in a format that the table does not know. */
export class TableMisuse extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TableMisuse';
  }
}

/** That a record is not there can only be proven by giving away its table's address key, which was not allowed. */
export class AbsenceNotDisclosed extends Error {
  constructor(table: string) {
    super(
      `there is no such record, and to prove it discloses the address key of ${table}: its holder can test which keys the table has`,
    );
    this.name = 'AbsenceNotDisclosed';
  }
}
