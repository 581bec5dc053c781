/** A set: distinct members in a dense dictionary, so random picks and cursors are O(1). */
import { IndexedKeys } from '../indexed-keys.ts';
import { parseInteger } from '../numbers.ts';
import { type Collection, stringBytes } from '../value.ts';

/** Bytes of an empty set, and of a member beside its string, about. */
const setBytes = 160;
const memberBytes = 20;

export class SetValue extends IndexedKeys implements Collection {
  readonly type = 'set';
  bytes = setBytes;
  accountedBytes = 0;
  /** No member was ever anything but a 64-bit integer. */
  integersOnly = true;
  /** The most members it had while that was so, and since then; its longest member. Redis never goes back to a smaller form. */
  integersMost = 0;
  membersMost = 0;
  memberLengthMost = 0;

  has(member: string): boolean {
    return this.find(member) >= 0;
  }

  /** @returns whether the member is new */
  add(member: string): boolean {
    if (this.find(member) >= 0) return false;
    this.append(member);
    this.bytes += stringBytes(member) + memberBytes;
    if (member.length > this.memberLengthMost) this.memberLengthMost = member.length;
    if (this.integersOnly) {
      if (parseInteger(member) === undefined) this.integersOnly = false;
      else if (this.size > this.integersMost) this.integersMost = this.size;
    }
    if (!this.integersOnly && this.size > this.membersMost) this.membersMost = this.size;
    return true;
  }

  /** @returns whether it was there */
  delete(member: string): boolean {
    const position = this.find(member);
    if (position < 0) return false;
    this.deleteAt(position);
    return true;
  }

  /** The last member takes the place. */
  deleteAt(position: number): void {
    this.bytes -= stringBytes(this.keys[position]!) + memberBytes;
    this.removeAt(position);
  }
}
