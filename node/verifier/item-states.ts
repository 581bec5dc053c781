/** What a proof says about each of its items, unchecked: for whoever asked for it and trusts the node. */

import { readAtomContent, slotUse } from '../proving/atom-content.ts';
import { ProofRefused } from '../proving/format/bytes.ts';
import { decodeProof } from '../proving/format/v1/proof.ts';

export type ItemState =
  | { readonly state: 'absent' }
  | {
      readonly state: 'present';
      readonly incarnation: Uint8Array;
      /** Of an atom; empty for what the node keeps in its own slots. */
      readonly payload: Uint8Array;
    };

const none = new Uint8Array(0);

/** @throws ProofRefused when it is no proof */
export function itemStates(proof: Uint8Array): ItemState[] {
  return decodeProof(proof).items.map((item): ItemState => {
    if (item.state === 'absent') return { state: 'absent' };
    const { incarnation, content } = item;
    const payload = slotUse(item.slot) === 'atom' ? readAtomContent(content).payload : none;
    return { state: 'present', incarnation, payload };
  });
}

/** Number and time of the frame of a proof, unchecked. @throws ProofRefused */
export function frameOf(proof: Uint8Array): { readonly number: number; readonly timeMs: number } {
  const { header } = decodeProof(proof).frame;
  if (header.timeMs > 8.64e15) throw new ProofRefused('the time of the frame is no time');
  return { number: header.number, timeMs: header.timeMs };
}
