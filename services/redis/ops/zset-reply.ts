/** Entries of sorted sets in answers. RESP3: pairs are arrays of two; RESP2: members and scores alternate. */
import type { Call } from '../engine/call.ts';
import type { RankInterval } from '../engine/types/zset-range.ts';
import type { ZsetValue } from '../engine/types/zset-value.ts';
import type { ReplySink } from '../model/reply.ts';

export function beginEntries(reply: ReplySink, count: number, withScores: boolean): void {
  reply.array(withScores && reply.resp === 2 ? count * 2 : count);
}

export function writeEntry(reply: ReplySink, member: string, score: number, withScores: boolean): void {
  if (!withScores) {
    reply.bulk(member);
    return;
  }
  if (reply.resp === 3) reply.array(2);
  reply.bulk(member);
  reply.double(score);
}

/** Answers with the entries of an interval, from its end when `reverse`. */
export function writeInterval(
  reply: ReplySink,
  zset: ZsetValue,
  interval: RankInterval,
  reverse: boolean,
  withScores: boolean,
): void {
  const count = interval.to - interval.from;
  beginEntries(reply, count, withScores);
  if (count === 0) return;
  const cursor = zset.at(reverse ? interval.to - 1 : interval.from);
  for (let i = 0; i < count; i++) {
    writeEntry(reply, cursor.member, cursor.score, withScores);
    if (reverse) cursor.backward();
    else cursor.forward();
  }
}

/** What the STORE commands do with their result: an empty one removes the key. Answers with its size. */
export function storeResult(call: Call, key: string, result: ZsetValue, event: string): void {
  const { db } = call;
  if (result.size > 0) {
    db.restore(key, result, 0);
    db.notify('z', event, key);
  } else if (db.write(key) !== undefined) {
    db.delete(key);
    db.notify('g', 'del', key);
  }
  call.reply.integer(result.size);
}
