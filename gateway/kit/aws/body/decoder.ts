/** Takes the coding off a body and checks what the signature promised about it. Pure: bytes in, bytes out. */
export interface BodyDecoder {
  /**
   * The bytes in `emit` are views of the input and are handed over before the check that covers them: only a clean
   * `end` vouches for them.
   * @throws AwsError
   */
  push(bytes: Buffer, emit: (piece: Buffer) => void): void;
  /** @throws AwsError when something is missing or a check over the whole fails */
  end(): void;
  readonly trailers: ReadonlyMap<string, string>;
  /** After the end, when it was computed anyway. */
  readonly sha256Hex: string | undefined;
}

export const noTrailers: ReadonlyMap<string, string> = new Map();
