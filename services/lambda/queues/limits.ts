/** Limits of queues with the numbers of Amazon SQS (quotas, API reference), and our own. */
const KiB = 1024;

export const queueLimits = {
  nameMax: 80,
  /** Body and attributes of one message, and of all messages of a batch. */
  messageBytesMin: KiB,
  messageBytesMax: 1024 * KiB,
  /** A message as JSON: text beyond ASCII may come as escapes of three times its size. */
  sendBodyMax: 4 * 1024 * KiB,
  controlBodyMax: 256 * KiB,
  /** Longer bodies stand in a chunk beside the record, so that receiving them writes little. */
  inlineBodyMax: 64 * KiB - 1,
  batchEntriesMax: 10,
  batchIdMax: 80,
  messageAttributesMax: 10,
  attributeNameMax: 256,
  dataTypeMax: 256,
  groupIdMax: 128,
  receiveMax: 10,
  delaySecondsMax: 900,
  waitSecondsMax: 20,
  visibilitySecondsMax: 43_200,
  visibilitySecondsDefault: 30,
  retentionSecondsMin: 60,
  retentionSecondsMax: 1_209_600,
  retentionSecondsDefault: 345_600,
  keyReuseSecondsMin: 60,
  keyReuseSecondsMax: 86_400,
  keyReuseSecondsDefault: 300,
  maxReceiveCountMax: 1000,
  redriveSourcesMax: 10,
  policyBytesMax: 20 * KiB,
  permissionActionsMax: 7,
  permissionLabelMax: 80,
  tagsMax: 50,
  listMax: 1000,
  /** Within it a message with the same deduplication id is the same message. */
  deduplicationMs: 5 * 60_000,
  /** Of messages that other parts of the gateway send with a key of theirs. */
  onceMs: 60 * 60_000,
  /** Messages in order that are looked at to find groups that nobody holds. */
  fifoLookMax: 20_000,
  /** Attempts of a receive or a removal that other gateways overtook. */
  attemptsMax: 16,
  /** Records that one transaction of the sweep removes. */
  sweepBatch: 250,
  sweepEveryMs: 60_000,
  /** How often queues that somebody waits for are looked at: for what other gateways sent, and what became visible. */
  lookEveryMs: 200,
  /** Calls that wait for messages, in the whole gateway; more are answered at once. */
  waitersMax: 10_000,
  receiptHandleMax: 1024,
} as const;
