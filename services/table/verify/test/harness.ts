/** Real tables over a node with a prover that needs no cryptography, and documents of what they hold. */
import { PlainProver, type PlainProverOptions } from '@hypergate/node/sim';
import { frameOf } from '@hypergate/node/verifier';
import type { BlobRef, OpenTables, ProofParts, ProofSubject, TableDomain } from '../../index.ts';
import { openHarness, openTablesOn } from '../../test/support/harness.ts';
import { RecordingStore } from '../../test/support/recording-store.ts';
import { encodeDocument, type ProofDocument, type VerifiedDocument, verifyDocument } from '../index.ts';

export interface ProvingTables {
  readonly tables: OpenTables;
  readonly domain: TableDomain;
  readonly prover: PlainProver;
  /** A document of the subjects as they are at the next frame; with the address keys of their tables unless told otherwise. */
  document(
    subjects: readonly ProofSubject[],
    subject?: string,
    discloseAddressKeys?: boolean,
  ): Promise<ProofDocument>;
  verify(document: ProofDocument): VerifiedDocument;
  storeBlob(...pieces: readonly Uint8Array[]): Promise<BlobRef>;
  close(): Promise<void>;
}

export async function openProvingTables(options: PlainProverOptions = {}): Promise<ProvingTables> {
  const harness = await openHarness();
  const prover = new PlainProver(options);
  const tables = await openTablesOn(prover.over(harness.node), new RecordingStore());
  const domain = tables.prepareDomain();
  await tables.transact([{ domain, kind: 'create-domain' }]);
  return {
    tables,
    domain,
    prover,
    async document(subjects, subject = 'test://record', discloseAddressKeys = true) {
      const parts = await tables.prove(subjects, { discloseAddressKeys });
      return documentOf(subject, parts);
    },
    verify: (document) => verifyDocument(encodeDocument(document), prover.trustRoot, prover.verifier),
    async storeBlob(...pieces) {
      async function* source() {
        yield* pieces;
      }
      const blob = await domain.stageBlob(source());
      await tables.transact([{ domain, kind: 'put-blob', blob }]);
      return { id: Uint8Array.from(blob.id), length: blob.length, chunkBytes: blob.chunkBytes };
    },
    async close() {
      await tables.close();
      await harness.close();
    },
  };
}

export function documentOf(subject: string, parts: ProofParts): ProofDocument {
  const { number, timeMs } = frameOf(parts.proof);
  const { proof, secrets, addresses } = parts;
  return {
    subject,
    frame: number,
    time: new Date(timeMs).toISOString(),
    secrets,
    absences: parts.absences.map(({ item, table, key }) => ({ item, table, ...key })),
    addresses,
    proof,
  };
}
