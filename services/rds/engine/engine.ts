/**
 * Starts, holds and ends a PostgreSQL server on a data directory. What it promises to the rest:
 * - It never starts on what an unclean end has left: the directory was shut down cleanly, or is a restored backup.
 * - Nobody but the gateway comes in before rdsadmin has the secret of this start (see `access.ts`).
 * - Nothing in the directory or in a customer's parameters overrules the settings of `settings.ts`.
 * - A server that loses one of its processes to a crash ends as a whole.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { closedAccess, gatewayMap, openAccess, standbyAccess } from './access.ts';
import type { EngineMajor, RunningEngine } from './api.ts';
import { majorOf, readControlFile } from './control-file.ts';
import { EngineFailure } from './failure.ts';
import { privateFolder, type RunFolders, realPath, runFolders } from './folders.ts';
import { type EngineIdentity, giveAllTo, giveTo } from './identity.ts';
import { enginePort, startMsMax } from './limits.ts';
import { LiveEngine } from './live-engine.ts';
import { parameterLines } from './parameters.ts';
import { serverProcesses } from './processes.ts';
import type { EnginePrograms } from './programs.ts';
import { spawnServer, untilReady } from './server-process.ts';
import {
  type EngineRole,
  mainSettings,
  type SettingsFiles,
  settingsFiles,
  writePassfile,
  writeSettings,
} from './settings.ts';

export interface EngineOptions {
  readonly programs: EnginePrograms;
  readonly identity: EngineIdentity;
  readonly dataDir: string;
  readonly logger: Logger;
  /** Of the customer; name -> value as in postgresql.conf, unquoted. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** A writable server unless given. `recovery` ends as a writable one too, on a new timeline. */
  readonly role?: EngineRole;
  /** Gives a start up, which may take long in recovery. */
  readonly signal?: AbortSignal;
}

/** A standby besides can become a writable server. */
export interface StartedEngine extends RunningEngine {
  readonly isStandby: boolean;
  /** @throws EngineFailure */
  promote(): Promise<void>;
}

const secretBytes = 32;

/** @throws EngineFailure */
export async function startEngine(options: EngineOptions): Promise<StartedEngine> {
  const { programs, identity } = options;
  const dataDir = realPath(options.dataDir);
  const role = options.role ?? { kind: 'primary' };
  checkStartable(dataDir, programs.major, identity, role);
  const folders = runFolders(dataDir, identity);
  const files = settingsFiles(folders.settingsDir);
  writeAll(options, role, folders, files);
  prepareDirectory(dataDir, role, identity);
  const server = await spawnServer({
    postgres: programs.postgres,
    dataDir,
    configFile: files.main,
    identity,
    logger: options.logger,
  });
  const engine = new LiveEngine({
    programs,
    identity,
    dataDir,
    socketDir: folders.socketDir,
    port: enginePort,
    files,
    server,
    adminPassword: primaryPassword(role) ?? randomBytes(secretBytes).toString('hex'),
    isStandby: role.kind === 'standby',
    parameters: options.parameters ?? {},
  });
  try {
    await untilReady(server, dataDir, {
      // How long there is to replay, nobody knows.
      ...(role.kind === 'primary' ? { withinMs: startMsMax } : {}),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (role.kind !== 'standby') await engine.secure();
    return engine;
  } catch (fault) {
    await engine.stop('immediate');
    throw fault;
  }
}

function checkStartable(
  dataDir: string,
  major: EngineMajor,
  identity: EngineIdentity,
  role: EngineRole,
): void {
  const found = majorOf(dataDir);
  if (found !== major) {
    throw new EngineFailure('wrong-data', `${dataDir} holds ${found ?? 'no'} PostgreSQL, not ${major}.`);
  }
  const running = serverProcesses(dataDir);
  if (running.length > 0) {
    throw new EngineFailure('in-use', `The processes ${running.join(', ')} work on ${dataDir}.`);
  }
  const { state } = readControlFile(dataDir);
  const isWhole = state === 'shutdown' || (state === 'shutdown in recovery' && role.kind !== 'primary');
  if (!isWhole && !existsSync(join(dataDir, 'backup_label'))) {
    throw new EngineFailure(
      'unclean',
      `${dataDir} was left by an unclean end (${state}) and must be rebuilt.`,
    );
  }
  if (statSync(dataDir).uid !== identity.uid || statSync(join(dataDir, 'PG_VERSION')).uid !== identity.uid) {
    giveAllTo(dataDir, identity);
  }
  // The server insists on 0700, whatever the folder was restored with.
  privateFolder(dataDir, identity);
}

function writeAll(
  { programs, identity, parameters }: EngineOptions,
  role: EngineRole,
  { socketDir }: RunFolders,
  files: SettingsFiles,
): void {
  writeSettings(files.customer, parameterLines(parameters ?? {}, programs.major));
  writeSettings(
    files.main,
    mainSettings({ major: programs.major, files, socketDir, port: enginePort, role }),
  );
  writeSettings(files.ident, gatewayMap(identity.gatewayUser));
  writeSettings(files.hba, accessOf(role));
  if (role.kind === 'standby') writePassfile(files.passfile, role.source, identity);
}

function primaryPassword(role: EngineRole): string | undefined {
  return role.kind === 'standby' ? role.source.adminPassword : undefined;
}

function accessOf(role: EngineRole): string {
  if (role.kind !== 'standby') return closedAccess;
  return role.source.adminPassword === undefined ? standbyAccess : openAccess;
}

/** Removes what would overrule our settings, or belongs to an earlier server, and says what kind of start this is. */
function prepareDirectory(dataDir: string, role: EngineRole, identity: EngineIdentity): void {
  for (const name of ['postgresql.auto.conf', 'postmaster.pid', 'recovery.signal', 'standby.signal']) {
    rmSync(join(dataDir, name), { force: true });
  }
  const empty = ['postgresql.auto.conf', ...(role.kind === 'primary' ? [] : [`${role.kind}.signal`])];
  for (const name of empty) {
    const path = join(dataDir, name);
    writeFileSync(path, '', { mode: 0o600, flag: 'wx' });
    giveTo(path, identity);
  }
}
