/**
 * Follows the messages in what the engine sends without gathering them: types and lengths only. It stops at one message: the
 * notice that a commit no longer waits for its synchronous standby, which is then acknowledged without being anywhere but here
 * (`SyncRepWaitForLSN` in PostgreSQL's sources raises it as a WARNING and goes on). Its routine is the last field of a notice.
 */
import { Breach } from './errors.ts';
import { wireLimits } from './limits.ts';
import { readFields } from './message-reader.ts';

const noticeType = 0x4e;
const commandCompleteType = 0x43;
const readyType = 0x5a;
const headBytes = 5;
const lastField = Buffer.from('\0RSyncRepWaitForLSN\0\0', 'latin1');

/** The connection ends with it, nothing is acknowledged after it. */
const terminated = '57P01';

export type FollowStop =
  /** All bytes may pass. */
  | 'none'
  /** The rest begins with a notice that is not whole: offer it again with what follows it. */
  | 'partial'
  /** The rest begins with the end of a command (`watchEnds`). */
  | 'end'
  /** The rest begins behind a notice of a commit that did not wait. `noticeBytes` of it come first and are not for the client. */
  | 'commit';

export class BackendFollow {
  /** Why `scan` did not go to the end. */
  stop: FollowStop = 'none';
  noticeBytes = 0;
  /** Stops at each CommandComplete and ReadyForQuery, too. */
  watchEnds = false;
  /** The end that it stopped at is offered again, and may pass. */
  passEnd = false;
  /** Bytes of the message under way that are still to come. */
  private left = 0;
  /** Bytes of its length that are known; -1 outside of a head. */
  private lengthSeen = -1;
  private length = 0;
  /** Its last bytes so far, if it is a notice that is too long to be kept back. */
  private tail: Buffer | undefined;

  /** Nothing of a message is under way: a message of our own could stand here. */
  get isBetween(): boolean {
    return this.left === 0 && this.lengthSeen < 0;
  }

  /** @returns up to where the bytes may pass; `stop` says what is behind @throws Breach when these are no messages */
  scan(chunk: Buffer, from: number, to: number): number {
    this.stop = 'none';
    let at = from;
    if (this.lengthSeen >= 0) {
      at = this.readHead(chunk, at, to);
      if (this.lengthSeen >= 0) return to;
    }
    if (this.tail !== undefined) {
      at = this.passLong(chunk, at, to, this.tail);
      if (this.stop !== 'none') return at;
    }
    at += this.left;
    while (at < to) {
      const type = chunk[at]!;
      const isNotice = type === noticeType;
      if (this.watchEnds && (type === commandCompleteType || type === readyType)) {
        if (!this.passEnd) return this.stopAt(at, 'end');
        this.passEnd = false;
      }
      if (at + headBytes > to) {
        if (isNotice) return this.stopAt(at, 'partial');
        this.lengthSeen = 0;
        this.length = 0;
        this.left = 0;
        this.readHead(chunk, at + 1, to);
        return to;
      }
      const length = chunk.readUInt32BE(at + 1);
      if (length < 4) throw new Breach('invalid message length');
      if (isNotice) {
        const end = at + 1 + length;
        if (length > wireLimits.noticeBytesMax) {
          this.left = length + 1;
          at = this.passLong(chunk, at, to, Buffer.alloc(0));
          if (this.stop !== 'none') return at;
          at += this.left;
          continue;
        }
        if (end > to) return this.stopAt(at, 'partial');
        if (isCommitNotice(chunk, at, end)) {
          this.noticeBytes = end - at;
          return this.stopAt(at, 'commit');
        }
      }
      at += 1 + length;
    }
    this.left = at - to;
    return to;
  }

  private stopAt(at: number, stop: FollowStop): number {
    this.stop = stop;
    this.left = 0;
    return at;
  }

  private readHead(chunk: Buffer, from: number, to: number): number {
    let at = from;
    while (this.lengthSeen < 4 && at < to) {
      this.length = this.length * 256 + chunk[at++]!;
      this.lengthSeen++;
    }
    if (this.lengthSeen < 4) return at;
    if (this.length < 4) throw new Breach('invalid message length');
    this.lengthSeen = -1;
    this.left = this.length - 4;
    return at;
  }

  /** Passes a long notice on, and stops behind it when it is the one. */
  private passLong(chunk: Buffer, at: number, to: number, tail: Buffer): number {
    const end = Math.min(at + this.left, to);
    const last = chunk.subarray(Math.max(at, end - lastField.length), end);
    const seen = Buffer.concat([tail, last]).subarray(-lastField.length);
    this.left -= end - at;
    this.tail = this.left > 0 ? seen : undefined;
    if (this.left === 0 && seen.equals(lastField)) {
      this.noticeBytes = 0;
      return this.stopAt(end, 'commit');
    }
    return end;
  }
}

function isCommitNotice(chunk: Buffer, at: number, end: number): boolean {
  const from = end - lastField.length;
  if (from <= at || chunk.compare(lastField, 0, lastField.length, from, end) !== 0) return false;
  return readFields(chunk.subarray(at + headBytes, end)).get('C') !== terminated;
}
