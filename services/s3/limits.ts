/** Everything in this service that can grow. Sizes in bytes unless the name says otherwise; AWS's own where AWS has one. */
const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

export const s3Limits = {
  /** Bodies up to this size stand inside the object's record; larger ones go to chunk files, once. */
  inlineBytesMax: 64 * KiB - 1,
  /** Bodies up to this size are one chunk that the record holds by itself; larger ones are blobs. */
  dataBytesMax: 8 * MiB,
  /** Of those, bodies up to this size are taken in as a whole before they are hashed and encrypted. */
  collectedBytesMax: 256 * KiB,
  /** One PUT, one part, one copied object. */
  putBytesMax: 5 * GiB,
  /** Every part but the last. */
  partBytesMin: 5 * MiB,
  partsMax: 10_000,
  /** Whole object of many parts: 10,000 parts of 5 GiB. */
  objectBytesMax: 10_000 * 5 * GiB,
  keyBytesMax: 1024,
  /** Keys and values of `x-amz-meta-*` together, in UTF-8. */
  userMetadataBytesMax: 2 * KiB,
  /** One system header kept with an object (`Content-Type`, `Cache-Control`, …). */
  systemHeaderBytesMax: 8 * KiB,
  websiteRedirectBytesMax: 2 * KiB,
  tagsPerObjectMax: 10,
  tagsPerBucketMax: 50,
  tagKeyLengthMax: 128,
  tagValueLengthMax: 256,
  /** Entries of one page of any listing. */
  pageEntriesMax: 1000,
  bucketPageEntriesMax: 10_000,
  deleteKeysMax: 1000,
  /** Deletions of one batch request under way at a time. */
  deleteConcurrency: 64,
  bucketsPerAccountMax: 10_000,
  /** Open bucket domains kept for the next request. */
  bucketCacheEntriesMax: 4096,
  /** Body of a request whose body is a document (`DeleteObjects`: 1,000 keys of 1,024 bytes, escaped). */
  documentBytesMax: 4 * MiB,
  /** Body of `CompleteMultipartUpload`: 10,000 parts with checksums. */
  completeBytesMax: 8 * MiB,
  smallDocumentBytesMax: 64 * KiB,
  /** Body of PutBucketTagging: 50 tags of 384 characters, three bytes each or as references. */
  tagDocumentBytesMax: 256 * KiB,
  /** Rules of one bucket's event notifications. */
  notificationRulesMax: 100,
  notificationIdLengthMax: 255,
  notificationFilterBytesMax: 1024,
  notificationArnLengthMax: 1024,
  /** Events that one rule names. */
  notificationEventsMax: 64,
  /** Body of PutBucketNotificationConfiguration: 100 rules with two filters. */
  notificationDocumentBytesMax: 1 * MiB,
  /** `X-Amzn-Trace-Id` of a change, as its event keeps it. */
  traceIdLengthMax: 1024,
  /** Events of one destination that are looked at together, and how many are under way at a time. */
  outboxWindow: 256,
  outboxConcurrency: 16,
  /** Objects whose events wait for a destination that did not take one, before none of its events are tried. */
  outboxHeldMax: 256,
  /** Waiting times before an event is sent again; they double. */
  outboxRetryMsMin: 1000,
  outboxRetryMsMax: 5 * 60_000,
  /** After this an event that no destination took is given up. */
  outboxAgeMsMax: 24 * 60 * 60_000,
  /** Between looks for what other gateways left. */
  outboxLookMs: 60_000,
  /** Longest sleep before the clock is asked again. */
  outboxTimerMsMax: 500,
  /** Repeats of read, decide, commit before the caller gets `OperationAborted`. */
  conflictRetriesMax: 64,
  /** Chunks of unwanted blobs that leave in the same transaction as the write that replaces them. */
  chunksInTransactionMax: 1500,
  /** Part records or chunks taken away by one step of a sweep. */
  sweepStepChunksMax: 2000,
  sweepStepPartsMax: 500,
  /** Blobs named by one sweep record: keeps rewriting it cheap. */
  sweepBlobsMax: 256,
} as const;
