/** Operations that use key material, or read of it. */
import type { KmsOperation } from './row.ts';

export const keyUses: readonly KmsOperation[] = [];
