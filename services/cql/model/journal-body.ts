/**
 * What a row of the journal holds (version 1):
 *   body = version u8 ‖ clock i64 ‖ item…
 *   item = 0 ‖ mutation (engine/mutation-codec.ts)
 *        | 1 ‖ name of a keyspace ‖ (0: it was dropped | 1 ‖ its schema (schema/stored.ts) | 2 ‖ address (32) ‖ its schema: it is new, and that is
 *          the domain of its rows)
 *        | 2 ‖ id of a table (16): it was truncated
 * Byte strings have their length in front, LEB128. All items of a row happen at once, in this order.
 */
import { ByteReader, ByteWriter, FormatError } from '@hypergate/kit/bytes';

export type JournalItem =
  | { readonly kind: 'mutation'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'keyspace';
      readonly name: string;
      /** Undefined: it was dropped. */
      readonly schema: Uint8Array | undefined;
      /** Of a new one. */
      readonly domain: Uint8Array | undefined;
    }
  | { readonly kind: 'truncate'; readonly table: string };

export interface JournalBody {
  /** Latest time of writing that its writer had given, in microseconds. */
  readonly clock: bigint;
  readonly items: readonly JournalItem[];
}

const version = 1;
const idBytes = 16;
const addressBytes = 32;

export function encodeJournalBody(clock: bigint, items: readonly JournalItem[], bytesHint: number): Buffer {
  const to = new ByteWriter(bytesHint);
  to.u8(version);
  to.i64(clock);
  for (const item of items) {
    switch (item.kind) {
      case 'mutation':
        to.u8(0);
        to.bytes(item.bytes);
        break;
      case 'keyspace':
        to.u8(1);
        to.bytes(Buffer.from(item.name));
        to.u8(item.schema === undefined ? 0 : item.domain === undefined ? 1 : 2);
        if (item.domain !== undefined) to.raw(item.domain);
        if (item.schema !== undefined) to.bytes(item.schema);
        break;
      case 'truncate':
        to.u8(2);
        to.raw(Buffer.from(item.table, 'hex'));
        break;
    }
  }
  return to.buffer.subarray(0, to.length);
}

/** @throws FormatError */
export function decodeJournalBody(body: Buffer): JournalBody {
  const from = new ByteReader(body);
  if (from.u8() !== version) throw new FormatError('a row of the journal of an unknown version');
  const clock = from.u64();
  const items: JournalItem[] = [];
  while (!from.done) items.push(readItem(from));
  return { clock: BigInt.asIntN(64, clock), items };
}

function readItem(from: ByteReader): JournalItem {
  const kind = from.u8();
  switch (kind) {
    case 0:
      return { kind: 'mutation', bytes: from.bytes() };
    case 1: {
      const name = from.bytes().toString();
      const form = from.u8();
      if (form > 2) throw new FormatError('a keyspace of an unknown form');
      const domain = form === 2 ? from.raw(addressBytes) : undefined;
      return { kind: 'keyspace', name, schema: form === 0 ? undefined : from.bytes(), domain };
    }
    case 2:
      return { kind: 'truncate', table: from.raw(idBytes).toString('hex') };
    default:
      throw new FormatError('an item of an unknown kind');
  }
}
