/**
 * Gives a signed batch its position. In this order, because a certificate vouches for all of it:
 *
 *   1. every chunk that the batch names is here, and on the disk;
 *   2. the certificate is signed over {log, position, rank, previous hash, batch hash};
 *   3. the record is appended, and is on the disk before anybody hears of it.
 *
 * The batch was signed in this process a moment ago, so its signature is not checked again.
 * A crash before 3 ends leaves staged chunks that nothing names, and at most a torn record, which the log drops.
 */
import {
  type ChunkRef,
  type CommitCertificate,
  mainLog,
  NodeError,
  type Position,
  type SignedBatch,
} from '../api/index.ts';
import type { SigningKey } from '../crypto/ed25519.ts';
import { batchHash, certificateMessage, encodeLogRecord, logHead } from '../hypergraph/index.ts';
import type { ChunkStore } from '../store/chunk-store-port.ts';
import type { CommitLog } from '../store/commit-log-port.ts';
import type { LogHead } from './format/v1.ts';
import { isStorageFull } from './storage-errors.ts';

/** A batch that is on the disk and may be applied. */
export interface DurableBatch {
  readonly position: Position;
  readonly batch: SignedBatch;
  readonly certificate: CommitCertificate;
  readonly head: LogHead;
  /** Bytes of its log record. */
  readonly recordBytes: number;
}

export interface LogOrderingModules {
  readonly log: CommitLog;
  readonly chunks: ChunkStore;
  readonly nodeKey: SigningKey;
}

export class LogOrdering {
  readonly #modules: LogOrderingModules;
  #head: LogHead;

  /** @param head of what the log holds */
  constructor(modules: LogOrderingModules, head: LogHead) {
    this.#modules = modules;
    this.#head = head;
  }

  get head(): LogHead {
    return this.#head;
  }

  /**
   * One call at a time: the next one's certificate names this one's.
   * @param bodyHash of the batch's body
   * @param named chunks that the batch names
   * @param isAlone nothing else waits for anything
   * @throws NodeError `chunk-unknown`, `storage-full`: nothing was ordered; anything else is a failed disk
   */
  async order(
    batch: SignedBatch,
    bodyHash: Buffer,
    named: readonly ChunkRef[],
    isAlone: boolean,
  ): Promise<DurableBatch> {
    const { log, chunks, nodeKey } = this.#modules;
    if (named.length > 0) {
      for (const chunk of named) {
        if (!chunks.has(chunk)) throw new NodeError('chunk-unknown', 'a chunk of the batch is not here');
      }
      try {
        await chunks.sync(named);
      } catch (error) {
        throw translated(error);
      }
    }
    const position = this.#head.position + 1;
    const statement = {
      log: mainLog,
      position,
      rank: position,
      previousHash: this.#head.hash,
      batchHash: batchHash(mainLog, batch, bodyHash),
    };
    const message = certificateMessage(statement);
    const signers = [{ key: nodeKey.publicKey, signature: nodeKey.sign(message) }];
    const certificate: CommitCertificate = { ...statement, signers };
    const record = encodeLogRecord({ certificate, batch });
    const appended = log.append(record, isAlone);
    if (appended.position !== position) {
      await appended.durable.catch(() => undefined);
      throw new Error(`the log gave position ${appended.position} where ${position} was due`);
    }
    try {
      await appended.durable;
    } catch (error) {
      throw translated(error);
    }
    this.#head = { position, hash: logHead(message) };
    return { position, batch, certificate, head: this.#head, recordBytes: record.length };
  }
}

function translated(error: unknown): unknown {
  return isStorageFull(error) ? new NodeError('storage-full', 'the disk is full', { cause: error }) : error;
}
