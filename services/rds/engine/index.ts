/** PostgreSQL servers: their programs, data directories, processes and ends. */
export { adminConfig, adminOptions, adminRole, connectAdmin } from './admin-session.ts';
export { allowedExtensions } from './allowed-extensions.ts';
export { type EngineEnd, type EngineMajor, engineMajors, type RunningEngine } from './api.ts';
export { type ClusterOptions, createCluster } from './cluster.ts';
export { type ControlFile, majorOf, readControlFile } from './control-file.ts';
export { type EngineOptions, type StartedEngine, startEngine } from './engine.ts';
export { EngineFailure, type EngineFailureCode } from './failure.ts';
export { privateFolder, reachable, reachableFolder } from './folders.ts';
export { type EngineIdentity, engineIdentity, giveAllTo, giveTo } from './identity.ts';
export { type BootMarker, markerPath, readMarker, removeMarker, wipe, writeMarker } from './marker.ts';
export { removeOrphans } from './orphans.ts';
export { judgeParameter, type ParameterJudgement } from './parameters.ts';
export { type EnginePrograms, type ProgramsOptions, preparePrograms } from './programs.ts';
export { hasIamRole } from './roles.ts';
export { scramVerifier } from './scram-verifier.ts';
export { type EngineRole, type RecoveryTarget, type StandbySource, standbyName } from './settings.ts';
