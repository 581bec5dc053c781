/**
 * Body of a streaming request after transfer coding, chunk signatures and trailers were taken off. Reading checks what
 * the signature promised; the last read fails when the payload hash, a chunk signature, the declared length or a
 * trailing checksum's presence does not hold, so nothing may be committed before the end was reached.
 */
export interface RequestBody {
  /** Decoded length: `x-amz-decoded-content-length`, else `content-length`; undefined when neither was sent. */
  readonly contentLength: number | undefined;
  /** Whole body in one buffer. @throws AwsError when longer than `bytesMax` or when a check fails */
  collect(bytesMax: number): Promise<Uint8Array>;
  /** Pieces as they arrive, with back-pressure; may be iterated once. */
  chunks(): AsyncIterable<Uint8Array>;
  /** Trailing headers (lower case), complete only after the body was read. */
  readonly trailers: ReadonlyMap<string, string>;
  /** SHA-256 of the decoded body if the check computed it anyway, lower-case hex, after the end. */
  readonly sha256Hex: string | undefined;
}
