/** Codes of the effects on libraries of functions; applied in engine/effects/function-effects.ts. */
export const functionEffects = { load: 128, delete: 129, flush: 130 } as const;
