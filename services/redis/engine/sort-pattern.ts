/**
 * Patterns of SORT's BY and GET: `weight_*` names a key for each element, `object_*->field` a field of a hash, `#` the element
 * itself. A pattern without `*` names nothing.
 */
import type { Database } from './database.ts';
import { readHash } from './field-expiry.ts';
import { RawString } from './types/raw-string.ts';

export class SortPattern {
  /** Without a `*`: BY then means not to sort. */
  readonly constant: boolean;
  private readonly itself: boolean;
  private readonly before: string;
  private readonly after: string;
  private readonly field: string | undefined;

  constructor(pattern: string) {
    const at = pattern.indexOf('*');
    this.itself = pattern === '#';
    this.constant = at < 0;
    this.before = pattern.slice(0, at);
    // The arrow counts behind the star only, and only with a name behind it.
    const arrow = at < 0 ? -1 : pattern.indexOf('->', at + 1);
    const hasField = arrow >= 0 && arrow + 2 < pattern.length;
    this.after = pattern.slice(at + 1, hasField ? arrow : undefined);
    this.field = hasField ? pattern.slice(arrow + 2) : undefined;
  }

  /** What it names for this element; undefined when there is no such key or field, or of another type. */
  lookup(db: Database, element: string): string | undefined {
    if (this.itself) return element;
    if (this.constant) return undefined;
    const key = this.before + element + this.after;
    const value = db.read(key);
    if (value === undefined) return undefined;
    if (this.field === undefined) {
      if (typeof value === 'string') return value;
      return value instanceof RawString ? value.toString() : undefined;
    }
    if (typeof value === 'string' || value.type !== 'hash') return undefined;
    return readHash(db, key)?.get(this.field);
  }
}
