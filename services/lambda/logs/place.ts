/**
 * Where an event stands among all of a group: by time, then stream, batch and place in the batch. A place is also the border before its
 * event, which is what tokens name: forward goes on at it, backward before it.
 */
export interface Place {
  readonly timeMs: number;
  /** 16 hexadecimal digits. */
  readonly streamId: string;
  readonly sequence: number;
  readonly index: number;
}

export const firstPlace: Place = { timeMs: 0, streamId: '0'.repeat(16), sequence: 0, index: 0 };

/** Before all events of this moment. */
export const startOf = (timeMs: number): Place => ({ ...firstPlace, timeMs });

export const behind = (place: Place): Place => ({ ...place, index: place.index + 1 });

export function comparePlaces(left: Place, right: Place): number {
  if (left.timeMs !== right.timeMs) return left.timeMs - right.timeMs;
  if (left.streamId !== right.streamId) return left.streamId < right.streamId ? -1 : 1;
  if (left.sequence !== right.sequence) return left.sequence - right.sequence;
  return left.index - right.index;
}

const bytes = 6 + 8 + 5 + 4;
const digits = 56;

/** 56 decimal digits, as AWS's event ids have. */
export function placeText({ timeMs, streamId, sequence, index }: Place): string {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(timeMs, 0, 6);
  buffer.write(streamId, 6, 'hex');
  // Five bytes of sequence are 30,000 years of a batch each second.
  buffer.writeUIntBE(sequence, 14, 5);
  buffer.writeUInt32BE(index, 19);
  return BigInt(`0x${buffer.toString('hex')}`)
    .toString()
    .padStart(digits, '0');
}

/** Undefined when it is none of ours. */
export function placeOf(text: string): Place | undefined {
  if (!/^\d{56}$/.test(text)) return undefined;
  const hex = BigInt(text)
    .toString(16)
    .padStart(bytes * 2, '0');
  if (hex.length > bytes * 2) return undefined;
  const buffer = Buffer.from(hex, 'hex');
  return {
    timeMs: buffer.readUIntBE(0, 6),
    streamId: buffer.toString('hex', 6, 14),
    sequence: buffer.readUIntBE(14, 5),
    index: buffer.readUInt32BE(19),
  };
}
