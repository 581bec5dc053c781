/** A value does not fit its type. Clients see it as an invalid request, with Cassandra's words; JSON adds its own in front. */
import { CqlError } from '../errors.ts';

export class MarshalError extends CqlError {
  constructor(message: string) {
    super('invalid', message);
    this.name = 'MarshalError';
  }
}
