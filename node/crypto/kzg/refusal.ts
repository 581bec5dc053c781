/** Why a claim was refused before its pairing equation, or because of it. */
import type { PairingEquation } from '../bls48581/index.ts';

export type RefusalCode = 'count' | 'index' | 'value' | 'commitment' | 'proof' | 'challenge' | 'equation';

const sentences: Readonly<Record<RefusalCode, string>> = {
  count: 'the number of openings is not the one expected, none, or too large',
  index: 'an index is not below the width',
  value: 'a value has a wrong length or is not canonical',
  commitment: 'a commitment is not the canonical encoding of an element of the group',
  proof: 'the proof has a wrong length or is not the canonical encoding of elements of the group',
  challenge: 'the challenge fell into the domain; the proof must be made again',
  equation: 'the pairing equation does not hold: the values are not those that were committed to',
};

export interface Refusal {
  readonly code: RefusalCode;
  readonly reason: string;
}

export const refusal = (code: RefusalCode): { readonly refused: Refusal } => ({
  refused: { code, reason: sentences[code] },
});

/** A claim that is well formed is true exactly when its equations hold; they can be checked together with others. */
export type Claim =
  | { readonly equations: readonly PairingEquation[]; readonly refused?: never }
  | { readonly equations?: never; readonly refused: Refusal };
