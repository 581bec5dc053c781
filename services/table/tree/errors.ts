/** The private index does not hold what it should. It can be rebuilt from the log's state. */
export class IndexDamaged extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(`the private index is damaged (${message}): rebuild it`, options);
    this.name = 'IndexDamaged';
  }
}
