/** Sessions of computations: parties by identity, over authenticated and encrypted channels. */
export type { SessionClock } from './clock.ts';
export { systemClock } from './clock.ts';
export { type Connector, type Membership, overStream } from './connect.ts';
export * from './description.ts';
export { agreementHash } from './format/agreement.ts';
export { type Identity, identityFromSeed, newIdentity } from './identity.ts';
export { type Level, type Levels, satisfies } from './levels.ts';
export { sessionLimits } from './limits.ts';
export type { PartyHandle } from './parties/handle.ts';
export type { HostModules } from './parties/host.ts';
export type { PartyStart, Way } from './parties/messages.ts';
export {
  type ProcessParty,
  type ProcessStart,
  relay,
  runProcessParty,
  startProcessParty,
} from './parties/process-party.ts';
export { runWorkerParty, startWorkerParty } from './parties/worker-party.ts';
export { type ChannelOptions, SecureChannel } from './secure-channel.ts';
export {
  openSession,
  type RunCall,
  type RunResult,
  type Session,
  type SessionOptions,
  type SessionRunner,
} from './session.ts';
export { PortStream } from './transports/port-stream.ts';
export { connectParty, type DialOptions } from './transports/tcp-connect.ts';
export { acceptParties, type ListenOptions, type PartyListener } from './transports/tcp-listen.ts';
