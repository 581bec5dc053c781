/** What `stageBlob` hands to `put-blob`. */
import type { Bytes, ChunkRef, DomainAddress, Incarnation, Slot } from '@hypergate/node/api';
import type { StagedBlob } from './api.ts';
import { TableMisuse } from './errors.ts';

export interface StagedChunk {
  readonly slot: Slot;
  readonly incarnation: Incarnation;
  readonly payload: Bytes;
  /** undefined: the ciphertext stands in the payload. */
  readonly ref: ChunkRef | undefined;
}

export class StagedChunks {
  readonly domain: DomainAddress;
  readonly chunks: readonly StagedChunk[];

  constructor(domain: DomainAddress, chunks: readonly StagedChunk[]) {
    this.domain = domain;
    this.chunks = chunks;
  }
}

/** @throws TableMisuse when the blob was not staged for the domain: its chunks are sealed for their place */
export function stagedChunks({ staged }: StagedBlob, domain: DomainAddress): StagedChunks {
  if (!(staged instanceof StagedChunks) || Buffer.compare(staged.domain, domain) !== 0)
    throw new TableMisuse('the blob was not staged for this domain');
  return staged;
}
