/**
 * Checks that a call's audit record is certified, and opens it: what a custodian does for itself before it looks at the call. It trusts
 * the keys it was given at its start, and nobody who passes evidence on.
 *
 * In this order: statement of the certificate, signatures of nodes over it, the batch that it names, the writer's signature over
 * that, the record in the batch, its opening. Every byte of the evidence is covered by one of them, save the call itself: the
 * record has to name it, which its `Authority` checks, since it knows what the record means.
 *
 * A certificate says that a transaction stands in the log at this position, not that it was applied: one whose conditions did not hold
 * is refused by the state machine and stands in the log all the same. So a gateway that holds the writer key could have a call
 * served whose record the tables do not show. Its record and the call's number remain in the log, signed, for whoever reads that; what
 * can be told from the batch alone (window, repeated id, a record overwritten by its own transaction) is checked here.
 */
import {
  type AuditedCall,
  type Bytes,
  type CallEvidence,
  type CommitCertificate,
  type DomainAddress,
  NodeError,
  type RecordEvidence,
  type SignedBatch,
  type TaggedKey,
} from '../../../api/index.ts';
import { openDisclosedRecord } from '../../../crypto/disclosure/record.ts';
import { Ed25519Verifier } from '../../../crypto/ed25519.ts';
import { Purpose } from '../../../crypto/format/v1.ts';
import {
  batchHash,
  batchMessage,
  certificateMessage,
  encodeCertificate,
  revisionStep,
  sha256,
  windowIsWellFormed,
} from '../../../hypergraph/index.ts';
import { ThresholdAbort } from '../errors.ts';
import { transactionOf, vertexOf } from './evidence-batch.ts';
import { evidenceLimits } from './evidence-limits.ts';

export interface EvidenceOptions {
  /** 32 bytes. */
  readonly log: Bytes;
  /** Nodes whose signatures count. */
  readonly nodeKeys: readonly TaggedKey[];
  /** So many of them must have signed: alone one, in a clique of n = 3t + 1 members 2t + 1. */
  readonly signersMin: number;
  /** Where audit records stand. */
  readonly domains: readonly DomainAddress[];
  /** Gateways whose batches are taken; all that a node certifies unless given. */
  readonly writerKeys?: readonly TaggedKey[];
}

/** What the certificate, the batch and the record in it come to. */
interface FoundRecord {
  readonly revision: number;
  readonly domain: Bytes;
  readonly slot: Bytes;
  readonly record: Bytes;
}

export class EvidenceVerifier {
  readonly #log: Buffer;
  readonly #nodeKeys: ReadonlySet<string>;
  readonly #signersMin: number;
  readonly #domains: ReadonlySet<string>;
  readonly #writerKeys: ReadonlySet<string> | undefined;
  readonly #verifier = new Ed25519Verifier();

  /** @throws RangeError when no evidence could ever be enough, or any would be */
  constructor({ log, nodeKeys, signersMin, domains, writerKeys }: EvidenceOptions) {
    this.#log = Buffer.from(log);
    this.#nodeKeys = setOf(nodeKeys);
    this.#domains = setOf(domains);
    this.#writerKeys = writerKeys === undefined ? undefined : setOf(writerKeys);
    this.#signersMin = signersMin;
    if (!Number.isInteger(signersMin) || signersMin < 1 || signersMin > this.#nodeKeys.size)
      throw new RangeError('number of signers of a certificate');
  }

  /**
   * @returns the call with its record, `record` as its table sealed it (services/table/verify reads it); copies
   * @throws ThresholdAbort `refused`
   */
  verify({ record, call }: CallEvidence): AuditedCall {
    if (call.length > evidenceLimits.callBytesMax) refuse('the call is too large');
    try {
      return { ...this.#verifyRecord(record), call };
    } catch (error) {
      if (!(error instanceof NodeError)) throw error;
      throw new ThresholdAbort('refused', undefined, `evidence of a call: ${error.message}`, {
        cause: error,
      });
    }
  }

  /** @throws ThresholdAbort; NodeError `malformed` */
  #verifyRecord({ certificate, batch, transaction: index, operation, secret }: RecordEvidence): FoundRecord {
    this.#checkCertificate(certificate);
    this.#checkBatch(certificate, batch);
    const { position } = certificate;
    if (!isIndex(index) || !isIndex(operation)) refuse('it names no place in its batch');
    const transaction = transactionOf(batch.body, index);
    const { validFrom, validUntil } = transaction;
    if (!windowIsWellFormed(transaction) || position < validFrom || position > validUntil)
      refuse('its transaction stands outside its window');
    const vertex = vertexOf(transaction, operation);
    if (!this.#domains.has(textOf(vertex.domain))) refuse('its record stands in another domain');
    const opened = openDisclosedRecord(secret, Purpose.record, vertex, vertex.payload);
    if (!opened.ok) refuse(opened.reason);
    return {
      revision: position * revisionStep + index,
      domain: Buffer.from(vertex.domain),
      slot: Buffer.from(vertex.slot),
      record: opened.value,
    };
  }

  #checkCertificate(certificate: CommitCertificate): void {
    const { signers, position, log } = certificate;
    // Checks the size of every field, as its writer does.
    encodeCertificate(certificate);
    if (position < 1 || !Number.isSafeInteger(position * revisionStep + revisionStep))
      refuse('its position is none');
    if (!this.#log.equals(log)) refuse('its record stands in another log');
    if (signers.length > evidenceLimits.signersMax) refuse('its certificate has too many signers');
    const message = certificateMessage(certificate);
    const found = new Set<string>();
    for (const { key, signature } of signers) {
      const name = textOf(key);
      if (!this.#nodeKeys.has(name)) refuse('its certificate is signed by an unknown node');
      if (found.has(name)) refuse('a node signed its certificate twice');
      if (!this.#verifier.verify(key, message, signature)) refuse('a signature of its certificate is wrong');
      found.add(name);
    }
    if (found.size < this.#signersMin) refuse('too few nodes signed its certificate');
  }

  #checkBatch({ log, batchHash: expected }: CommitCertificate, batch: SignedBatch): void {
    const { writer, body, signature } = batch;
    if (body.length > evidenceLimits.batchBodyBytesMax) refuse('its batch is too large');
    if (this.#writerKeys !== undefined && !this.#writerKeys.has(textOf(writer)))
      refuse('its batch is of an unknown writer');
    const bodyHash = sha256(body);
    // Both are public; the comparison of tagged hashes needs no constant time.
    if (Buffer.compare(batchHash(log, batch, bodyHash), expected) !== 0)
      refuse('its certificate is of another batch');
    if (!this.#verifier.verify(writer, batchMessage(log, bodyHash), signature))
      refuse('the signature of its batch is wrong');
  }
}

function refuse(why: string): never {
  throw new ThresholdAbort('refused', undefined, `evidence of a call: ${why}`);
}

function isIndex(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}

function textOf(bytes: Bytes): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function setOf(all: readonly Bytes[]): ReadonlySet<string> {
  return new Set(all.map(textOf));
}
