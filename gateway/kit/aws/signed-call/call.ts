/**
 * A request as its caller signed it: what somebody else needs to check the signature again, later and elsewhere, without believing
 * who passes it on. All texts are byte strings (one character per byte), as they came over the wire.
 */
export interface SignedCall {
  readonly method: string;
  /** Target as sent. A presigned URL holds its signature. */
  readonly rawUrl: string;
  /**
   * Fields that the signature covers, repeated ones repeated, in order of sending, and those that it stands in: `authorization`, and
   * `date` where it is the only time. Names in lower case. Of a call that nobody signed `host` and `x-amz-*`.
   */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Last line of the canonical request: the body's SHA-256 in hexadecimal, or a word that says that the signature does not cover it. */
  readonly payloadHash: string;
  /** As sent. Absent when it is withheld, was streamed, or is not covered by the payload hash. */
  readonly body?: Uint8Array;
  /** Nobody signed it: developer mode lets such callers act as a principal of its own. */
  readonly unsigned?: true;
}
