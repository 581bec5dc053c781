/** What is wrong with values that come from outside of a program. Neither says what the value is: it may be a secret. */

/** An interface that is none, or not that of the circuit. */
export class InterfaceError extends Error {
  override readonly name = 'InterfaceError';
}

/** A value that its type does not have. */
export class ValueError extends Error {
  override readonly name = 'ValueError';
  /** Which part of the value, such as `bids[3].price`; empty for the whole. */
  readonly path: string;

  constructor(path: string, text: string) {
    super(path === '' ? text : `${path}: ${text}`);
    this.path = path;
  }
}
