/** Evidence as a gateway makes it, and evidence that is well signed and still not to be taken. */
import {
  mainLog,
  type Operation,
  type RecordEvidence,
  type SignedBatch,
  type Transaction,
} from '../../../../../api/index.ts';
import { discloseRecordKey } from '../../../../../crypto/disclosure/owner/index.ts';
import { ed25519SigningKey } from '../../../../../crypto/ed25519.ts';
import { Purpose } from '../../../../../crypto/format/v1.ts';
import { secretKey } from '../../../../../crypto/hkdf.ts';
import { createPooledRandom } from '../../../../../crypto/random.ts';
import { sealRecord } from '../../../../../crypto/sealed-record.ts';
import {
  batchHash,
  batchMessage,
  certificateMessage,
  encodeBatchBody,
  encodeTransaction,
  firstPreviousHash,
  sha256,
} from '../../../../../hypergraph/index.ts';

const random = createPooledRandom();
export const nodeKey = ed25519SigningKey(Buffer.alloc(32, 1));
export const writerKey = ed25519SigningKey(Buffer.alloc(32, 2));
export const domain = Buffer.alloc(32, 7);
const content = { epoch: 1, secret: secretKey(Buffer.alloc(32, 9)) };
const contentKeys = new Map([[1, content]]);

export interface Sealed {
  readonly operation: Operation & { readonly kind: 'add-vertex' };
  readonly secret: Uint8Array;
}

/** A record of the audit table, under a fresh slot. */
export function sealed(text: string, where: Uint8Array = domain, purpose: Purpose = Purpose.record): Sealed {
  const atom = { domain: where, slot: random.bytes(24), incarnation: random.bytes(8) };
  const payload = sealRecord(content, purpose, atom, Buffer.from(text), random);
  const secret = discloseRecordKey(contentKeys, purpose, atom, payload);
  return { operation: { kind: 'add-vertex', ...atom, payload }, secret };
}

export function transactionWith(
  operations: readonly Operation[],
  extra: Partial<Transaction> = {},
): Transaction {
  return { id: random.bytes(16), validFrom: 0, validUntil: 1024, expects: [], operations, ...extra };
}

export interface CertifyOptions {
  readonly position?: number;
  readonly log?: Uint8Array;
  readonly node?: typeof nodeKey;
  readonly writer?: typeof writerKey;
  /** Encoded, instead of the transactions. */
  readonly body?: Uint8Array;
  readonly signers?: readonly (typeof nodeKey)[];
}

/** Certificate and batch over these transactions. */
export function certify(
  transactions: readonly Transaction[],
  {
    position = 5,
    log = mainLog,
    node = nodeKey,
    writer = writerKey,
    body,
    signers = [node],
  }: CertifyOptions = {},
): Pick<RecordEvidence, 'certificate' | 'batch'> {
  const encoded = body ?? encodeBatchBody(transactions.map(encodeTransaction));
  const bodyHash = sha256(encoded);
  const batch: SignedBatch = {
    writer: writer.publicKey,
    body: encoded,
    signature: writer.sign(batchMessage(log, bodyHash)),
  };
  const statement = {
    log,
    position,
    rank: position,
    previousHash: firstPreviousHash,
    batchHash: batchHash(log, batch, bodyHash),
  };
  const message = certificateMessage(statement);
  const certificate = {
    ...statement,
    signers: signers.map((key) => ({ key: key.publicKey, signature: key.sign(message) })),
  };
  return { certificate, batch };
}

/** Evidence of one record in a batch of several transactions. */
export function evidenceOf(
  { operation, secret }: Sealed,
  options: CertifyOptions & {
    readonly extra?: Partial<Transaction>;
    readonly also?: readonly Operation[];
  } = {},
): RecordEvidence {
  const { extra, also = [] } = options;
  const before = transactionWith([sealed('another transaction').operation]);
  const own = transactionWith([sealed('beside it').operation, operation, ...also], extra);
  return { ...certify([before, own], options), transaction: 1, operation: 1, secret };
}
