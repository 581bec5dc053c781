/** A hash: fields with values in a dense dictionary, and, once a field got one, the times at which fields expire. */
import { DeadlineTable } from '../deadline-table.ts';
import type { DenseTracker } from '../dense-tracker.ts';
import { Dict } from '../dict.ts';
import { type Collection, stringBytes } from '../value.ts';

/** Bytes of an empty hash, of a field beside its strings, of an expiry beside its name, about. */
const hashBytes = 240;
const fieldBytes = 28;
const deadlineBytes = 52;
const deadlineTableBytes = 200;

export class HashValue implements Collection {
  readonly type = 'hash';
  /** Read it; changes go through the methods below, which count. */
  readonly fields = new Dict<string>();
  bytes = hashBytes;
  accountedBytes = 0;
  /** The most fields it ever had and its longest field or value: redis-server never goes back to a small encoding. */
  sizeMost = 0;
  textMost = 0;
  private deadlines: DeadlineTable | undefined;

  get size(): number {
    return this.fields.size;
  }

  get segments(): DenseTracker | undefined {
    return this.fields.segments;
  }

  set segments(tracker: DenseTracker | undefined) {
    this.fields.segments = tracker;
  }

  get(field: string): string | undefined {
    return this.fields.get(field);
  }

  has(field: string): boolean {
    return this.fields.has(field);
  }

  /** Keeps the time at which the field expires. @returns whether the field is new */
  set(field: string, value: string): boolean {
    const { fields } = this;
    const position = fields.find(field);
    if (value.length > this.textMost) this.textMost = value.length;
    if (position >= 0) {
      if (fields.segments !== undefined) fields.segments.touchAt(position);
      this.bytes += stringBytes(value) - stringBytes(fields.values[position]!);
      fields.values[position] = value;
      return false;
    }
    fields.set(field, value);
    if (field.length > this.textMost) this.textMost = field.length;
    if (fields.size > this.sizeMost) this.sizeMost = fields.size;
    this.bytes += stringBytes(field) + stringBytes(value) + fieldBytes;
    return true;
  }

  /** @returns whether it was there */
  delete(field: string): boolean {
    const { fields } = this;
    const position = fields.find(field);
    if (position < 0) return false;
    this.setDeadline(field, 0);
    this.bytes -= stringBytes(field) + stringBytes(fields.values[position]!) + fieldBytes;
    fields.deleteAt(position);
    return true;
  }

  // Expiry of fields

  /** When the first field expires, in milliseconds since 1970; Infinity when none does. */
  get nextDeadline(): number {
    return this.deadlines === undefined ? Number.POSITIVE_INFINITY : this.deadlines.earliest;
  }

  /** The field that expires first, of a hash where one does. */
  get nextToExpire(): string {
    return this.deadlines!.earliestKey;
  }

  get deadlineCount(): number {
    return this.deadlines === undefined ? 0 : this.deadlines.size;
  }

  /** 0: it does not expire. */
  deadline(field: string): number {
    return this.deadlines === undefined ? 0 : this.deadlines.get(field);
  }

  /** Of a field that is there. @param atMs milliseconds since 1970, 0 to keep the field for ever */
  setDeadline(field: string, atMs: number): void {
    const { segments } = this.fields;
    if (segments !== undefined) segments.touchAt(this.fields.find(field));
    if (atMs > 0) {
      if (this.deadlines === undefined) {
        this.deadlines = new DeadlineTable();
        this.bytes += deadlineTableBytes;
      }
      if (this.deadlines.set(field, atMs)) this.bytes += deadlineBytes;
    } else if (this.deadlines?.delete(field)) {
      this.bytes -= deadlineBytes;
      if (this.deadlines.size === 0) {
        this.deadlines = undefined;
        this.bytes -= deadlineTableBytes;
      }
    }
  }
}
