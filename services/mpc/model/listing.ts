/** What a listing of circuits shows of one, kept in the index so that no record is opened for it. JSON: the index is private. */
import type { CircuitListing } from '@hypergate/kit';
import { hex } from '@hypergate/node/verifier';
import type { CircuitRow } from '../verify/rows.ts';

export function listingOf(row: CircuitRow): CircuitListing {
  return {
    commitment: hex(row.commitment),
    name: row.name,
    parties: partiesOf(row),
    ands: row.ands,
    gates: row.gates,
    layers: row.layers,
    encodingBytes: row.encoding?.length,
    createdMs: row.createdMs,
  };
}

/** In the order in which they first appear. */
export function partiesOf({ inputs, outputs }: Pick<CircuitRow, 'inputs' | 'outputs'>): string[] {
  return [...new Set([...inputs.map(({ party }) => party), ...outputs.flatMap(({ to }) => to)])];
}

export function encodeListing(row: CircuitRow): Uint8Array {
  return Buffer.from(JSON.stringify(listingOf(row)));
}

export function decodeListing(projection: Uint8Array): CircuitListing {
  return JSON.parse(Buffer.from(projection).toString()) as CircuitListing;
}
