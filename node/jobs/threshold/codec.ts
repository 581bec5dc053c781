/** Messages of threshold protocols: fixed-width big-endian fields and byte strings with a length (4) before them. */
import { FieldReader, FieldWriter, ProofRefused } from '../../proving/format/bytes.ts';
import { ThresholdAbort } from './errors.ts';

export class MessageWriter extends FieldWriter {
  /** Length (4), then the bytes. */
  field(value: Uint8Array): this {
    return this.u32(value.length).bytes(value);
  }

  list<Item>(items: readonly Item[], write: (item: Item) => void): this {
    this.u16(items.length);
    for (const item of items) write(item);
    return this;
  }
}

export class MessageReader extends FieldReader {
  /** A byte string of at most so many bytes. */
  field(bytesMax: number, what: string): Uint8Array {
    const length = this.u32(what);
    if (length > bytesMax) throw new ProofRefused(`${what} has more than ${bytesMax} bytes`);
    return this.bytes(length, what);
  }

  list<Item>(itemsMax: number, what: string, read: () => Item): Item[] {
    const count = this.u16(what);
    if (count > itemsMax) throw new ProofRefused(`more than ${itemsMax} of ${what}`);
    return Array.from({ length: count }, read);
  }
}

/**
 * Reads a whole message.
 *
 * @param from who sent it, if that is a custodian
 * @throws ThresholdAbort `malformed`
 */
export function readMessage<Value>(
  bytes: Uint8Array,
  from: number | undefined,
  read: (reader: MessageReader) => Value,
): Value {
  try {
    const reader = new MessageReader(bytes);
    const value = read(reader);
    reader.end('the message');
    return value;
  } catch (error) {
    if (error instanceof ProofRefused)
      throw new ThresholdAbort('malformed', from, error.message, { cause: error });
    throw error;
  }
}
