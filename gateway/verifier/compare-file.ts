/** Whether a file is exactly the object of a proof. Read once, in order, a piece of it in memory at a time. */
import { type DataSource, type DisclosedChunk, verifyDisclosedData } from '@hypergate/node/crypto/disclosure';
import type { CheckedDocument } from './check-document.ts';

export type FileVerdict =
  | { readonly same: true; readonly bytes: number }
  /** A sentence without its subject: `is not the object: ...`. */
  | { readonly same: false; readonly reason: string };

/** A `File` is a `Blob`. */
export type FileSource = Blob | ReadableStream<Uint8Array> | Uint8Array | DataSource;

/**
 * @param content of a checked document
 * @throws what the source throws
 */
export async function compareFile(
  content: CheckedDocument['content'],
  file: FileSource,
): Promise<FileVerdict> {
  if (content === undefined)
    return { same: false, reason: 'cannot be compared: the proof is about no content' };
  const chunks = content.filter((chunk): chunk is DisclosedChunk => chunk.kind !== 'opaque');
  if (chunks.length < content.length) {
    const reason =
      'cannot be compared: the object has chunks of an older format, whose keys are not disclosed';
    return { same: false, reason };
  }
  const checked = await verifyDisclosedData(chunks, partsOf(file));
  if (checked.ok) return { same: true, bytes: checked.value };
  return { same: false, reason: `is not the object: ${checked.reason}` };
}

function partsOf(file: FileSource): DataSource {
  if (file instanceof Uint8Array) return [file];
  if ('getReader' in file) return readStream(file);
  if ('stream' in file) return readStream(file.stream());
  return file;
}

/** Not every browser iterates over streams. */
async function* readStream(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // What follows a difference is not read. A stream that failed fails here once more, with the same error.
    await reader.cancel();
  }
}
