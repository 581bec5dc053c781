/**
 * Multi-party computation: circuits that parties evaluate on private inputs. `circuit/` and `language/` make circuits, `levels/` are the
 * protocols, `session/` are parties by identity over encrypted channels.
 */
export { type Bit, CircuitBuilder, type Word } from './circuit/builder.ts';
export type { Circuit, CircuitInput, CircuitOutput } from './circuit/circuit.ts';
export { circuitCommitment, decodeCircuit, encodeCircuit, encodedParts } from './circuit/encode.ts';
export { evaluate } from './circuit/evaluate.ts';
export { type AbortReason, CircuitError, MpcAbort } from './errors.ts';
export { levels } from './levels/index.ts';
export type { SecurityLevel } from './protocol.ts';
export { CannotListen, type PartyResult, type PartyTask, runParty } from './run-party.ts';
