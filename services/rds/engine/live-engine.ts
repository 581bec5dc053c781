/** A server that runs: sessions of rdsadmin, its parameters, its promotion and its end. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { askedOf, authenticationSasl, openAccess } from './access.ts';
import { adminRole, connectAdmin } from './admin-session.ts';
import type { EngineEnd, EngineMajor } from './api.ts';
import { complaint, runCommand } from './command.ts';
import { readControlFile, recordEnd } from './control-file.ts';
import type { StartedEngine } from './engine.ts';
import { EngineFailure } from './failure.ts';
import type { EngineIdentity } from './identity.ts';
import { fastStopMsMax, immediateStopMsMax, pollMs, reloadMsMax, startMsMax } from './limits.ts';
import { removeOrphans } from './orphans.ts';
import { parameterLines } from './parameters.ts';
import type { EnginePrograms } from './programs.ts';
import { quoteLiteral } from './quoting.ts';
import { scramVerifier } from './scram-verifier.ts';
import type { ServerExit, ServerProcess } from './server-process.ts';
import { type SettingsFiles, standbyName, writeSettings } from './settings.ts';

export interface LiveEngineParts {
  readonly programs: EnginePrograms;
  readonly identity: EngineIdentity;
  readonly dataDir: string;
  readonly socketDir: string;
  readonly port: number;
  readonly files: SettingsFiles;
  readonly server: ServerProcess;
  readonly adminPassword: string;
  readonly isStandby: boolean;
  readonly parameters: Readonly<Record<string, string>>;
}

export class LiveEngine implements StartedEngine {
  readonly major: EngineMajor;
  readonly version: string;
  readonly pid: number;
  readonly dataDir: string;
  readonly socketDir: string;
  readonly port: number;
  readonly adminPassword: string;
  readonly ended: Promise<EngineEnd>;
  private readonly programs: EnginePrograms;
  private readonly identity: EngineIdentity;
  private readonly files: SettingsFiles;
  private readonly server: ServerProcess;
  private standby: boolean;
  private customerText: string;
  /** Set when a clean end was asked for and could be had. */
  private mayEndClean = false;
  private stopping = false;

  constructor(parts: LiveEngineParts) {
    this.major = parts.programs.major;
    this.version = parts.programs.version;
    this.pid = parts.server.pid;
    this.dataDir = parts.dataDir;
    this.socketDir = parts.socketDir;
    this.port = parts.port;
    this.adminPassword = parts.adminPassword;
    this.programs = parts.programs;
    this.identity = parts.identity;
    this.files = parts.files;
    this.server = parts.server;
    this.standby = parts.isStandby;
    this.customerText = parameterLines(parts.parameters, this.major);
    this.ended = parts.server.exited.then((exit) => this.judge(exit));
  }

  get isStandby(): boolean {
    return this.standby;
  }

  connect(database?: string): Promise<Client> {
    return connectAdmin(this, database);
  }

  /**
   * Gives rdsadmin the secret of this start, then lets customers in. The commit does not wait for the standby, which cannot attach
   * yet; if it is lost, so is the server, and the next start sets another.
   */
  async secure(): Promise<void> {
    const verifier = await scramVerifier(this.adminPassword);
    await this.asAdmin(async (client) => {
      await client.query('set synchronous_commit = local');
      await client.query(`alter role ${adminRole} password ${quoteLiteral(verifier)}`);
    });
    writeSettings(this.files.hba, openAccess);
    this.server.signal('SIGHUP');
    await this.until('the rules of access did not change', async () => {
      return (await askedOf(this.socketDir, this.port, adminRole)) === authenticationSasl;
    });
  }

  async reload(parameters: Readonly<Record<string, string>>): Promise<void> {
    const text = parameterLines(parameters, this.major);
    const loaded = () => this.asAdmin(loadTime);
    const before = await loaded();
    writeSettings(this.files.customer, text);
    const refused = await this.complaintOfSettings();
    if (refused !== undefined) {
      writeSettings(this.files.customer, this.customerText);
      throw new EngineFailure('bad-parameter', `PostgreSQL refuses the parameters: ${refused}.`);
    }
    this.customerText = text;
    this.server.signal('SIGHUP');
    await this.until('the parameters did not arrive', async () => (await loaded()) !== before);
  }

  /** Asks another process of the program: the server itself would say it in its log alone, and not for what waits for a restart. */
  private async complaintOfSettings(): Promise<string | undefined> {
    const { postgres } = this.programs;
    const args = ['-D', this.dataDir, '-c', `config_file=${this.files.main}`, '-C', 'port'];
    const ran = await runCommand(postgres, args, { identity: this.identity });
    return ran.code === 0 ? undefined : complaint(ran.stderr);
  }

  async promote(): Promise<void> {
    if (!this.standby) return;
    await this.asAdmin(async (client) => {
      const waitSeconds = Math.ceil(startMsMax / 1000);
      const { rows } = await client.query<{ done: boolean }>(
        `select pg_catalog.pg_promote(true, ${waitSeconds}) as done`,
      );
      if (rows[0]?.done !== true) {
        throw new EngineFailure('start-failed', 'PostgreSQL was not promoted in time.');
      }
    });
    this.standby = false;
    await this.secure();
  }

  async stop(mode: 'fast' | 'immediate'): Promise<EngineEnd> {
    const isClean = mode === 'fast' && !this.stopping && (await this.canEndClean());
    this.stopping = true;
    if (isClean) {
      this.mayEndClean = true;
      this.server.signal('SIGINT');
      if (await this.endsWithin(fastStopMsMax)) return this.ended;
    }
    // Also where a clean end was asked for before: the server may have written that it is down while its log still had to be received.
    this.mayEndClean = false;
    this.server.signal('SIGQUIT');
    if (!(await this.endsWithin(immediateStopMsMax))) await removeOrphans(this.dataDir);
    return this.ended;
  }

  /** A writable server has to hand its last record to the standby; without one, there is nothing to wait for. */
  private async canEndClean(): Promise<boolean> {
    if (this.standby) return true;
    try {
      return await this.asAdmin(async (client) => {
        const { rowCount } = await client.query(
          "select from pg_catalog.pg_stat_replication where application_name = $1 and state = 'streaming'",
          [standbyName],
        );
        return (rowCount ?? 0) > 0;
      });
    } catch {
      // Whoever cannot be asked is ended the short way.
      return false;
    }
  }

  private async endsWithin(ms: number): Promise<boolean> {
    const patience = new AbortController();
    const late = delay(ms, false, { signal: patience.signal }).catch(() => false);
    const ended = await Promise.race([this.ended.then(() => true), late]);
    patience.abort();
    return ended;
  }

  private judge({ code, complaint }: ServerExit): EngineEnd {
    if (!this.mayEndClean || code !== 0) {
      const how = code === undefined ? 'a signal' : `exit code ${code}`;
      return { kind: 'unclean', reason: complaint ?? `PostgreSQL ended with ${how}` };
    }
    const { state, checkpoint, timeline } = readControlFile(this.dataDir);
    if (state === 'shutdown') {
      return { kind: 'clean', endLsn: recordEnd(this.dataDir, timeline, checkpoint), timeline };
    }
    if (state === 'shutdown in recovery') return { kind: 'clean', endLsn: checkpoint, timeline };
    return { kind: 'unclean', reason: `PostgreSQL left its directory in the state ${state}` };
  }

  private async asAdmin<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = await this.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  private async until(otherwise: string, holds: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + reloadMsMax;
    while (!(await holds())) {
      if (performance.now() > end) throw new EngineFailure('start-failed', `In PostgreSQL ${otherwise}.`);
      await delay(pollMs);
    }
  }
}

async function loadTime(client: Client): Promise<string | undefined> {
  const { rows } = await client.query<{ at: string }>('select pg_catalog.pg_conf_load_time()::text as at');
  return rows[0]?.at;
}
