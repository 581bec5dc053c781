/** A policy document that cannot be accepted; the message says why in a sentence fit for the caller (`MalformedPolicy`). */
export class PolicyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PolicyError';
  }
}
