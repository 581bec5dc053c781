/**
 * The `three-party` level: one malicious of three, no oblivious transfer. Not supported: more than three parties, an output that
 * goes to all or to none (the abort is selective), inputs known to a party without a role.
 */
export { threePartyLimits } from './limits.ts';
export * from './replicated-inputs.ts';
export { threeParty } from './three-party.ts';
