/** Stored form of a block of a stream: id of its first entry ever ‖ its fields ‖ entries, as they are in memory (stream-block.ts). */
import type { ByteReader, ByteWriter } from '@hypergate/kit/bytes';
import { StreamBlock } from './stream-block.ts';
import type { StreamId } from './stream-id.ts';
import { readId, writeId } from './stream-id-codec.ts';

export function saveBlock(block: StreamBlock, to: ByteWriter): void {
  writeId(to, block.masterId);
  to.varint(block.fields.length);
  for (const field of block.fields) to.string(field);
  to.bytes(block.packedEntries);
}

/** @param after the last id of the block before @throws FormatError */
export function loadBlock(from: ByteReader, after: StreamId | undefined): StreamBlock {
  const masterId = readId(from);
  const fields: string[] = [];
  for (let left = from.varint(); left > 0; left--) fields.push(from.string());
  const entries = from.bytes();
  // Memory of its own: the bytes read are part of a larger piece.
  const own = Buffer.allocUnsafeSlow(entries.length);
  entries.copy(own);
  return StreamBlock.of(masterId, fields, own, after);
}
