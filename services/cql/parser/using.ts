/** `USING`: when something was written, and how long it lives. */
import type { Term, Using } from './ast.ts';
import { integer } from './constants.ts';
import type { Cursor } from './cursor.ts';

/** `USING TIMESTAMP … AND TTL …`, if it is there. Of what is there twice the last counts. */
export function optionalUsing(cursor: Cursor): Using {
  let timestamp: Term | undefined;
  let timeToLive: Term | undefined;
  if (cursor.accept('USING')) {
    do {
      if (cursor.accept('TIMESTAMP')) timestamp = integer(cursor);
      else if (cursor.accept('TTL')) timeToLive = integer(cursor);
      else throw cursor.noAlternative();
    } while (cursor.accept('AND'));
  }
  return { timestamp, timeToLive };
}

/** The one thing that a deletion may say. */
export function usingTimestamp(cursor: Cursor): Using {
  if (!cursor.accept('USING')) return { timestamp: undefined, timeToLive: undefined };
  cursor.expect('TIMESTAMP');
  return { timestamp: integer(cursor), timeToLive: undefined };
}
