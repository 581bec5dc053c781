/**
 * A read replica: a hot standby that follows its source's certified write-ahead log out of the hypergraph, so that it shows nothing that
 * could be lost. It has no data of its own: its directory is made from the source's checkpoints each time, and while it runs
 * its source does, too.
 */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { restore } from '../checkpoint/restore.ts';
import { type StartedEngine, startEngine } from '../engine/engine.ts';
import { privateFolder, runFolders } from '../engine/folders.ts';
import { wipe } from '../engine/marker.ts';
import { removeOrphans } from '../engine/orphans.ts';
import { WalSender } from '../wal/wal-sender.ts';
import type { InstanceId } from './api.ts';
import { dataDirectory } from './data-directory.ts';
import type { InstanceModules } from './modules.ts';
import type { Serving } from './serving.ts';
import type { Session } from './session.ts';
import { walSourceOf } from './wal-source.ts';

export interface ReplicaOptions {
  readonly id: InstanceId;
  readonly source: Session;
  readonly parameters: Readonly<Record<string, string>>;
  readonly onProgress: (percent: number) => void;
  readonly signal: AbortSignal;
}

const port = 5432;
const user = 'replica';

export class Replica implements Serving {
  readonly engine: StartedEngine;
  readonly failed: Promise<string>;
  private readonly sender: WalSender;
  private readonly letGo: () => void;

  private constructor(engine: StartedEngine, sender: WalSender, source: Session) {
    this.engine = engine;
    this.sender = sender;
    this.letGo = source.keepFor(() => sender.neededFrom());
    this.failed = Promise.race([
      source.ended.then(() => 'its source stopped'),
      engine.ended.then((end) => (end.kind === 'clean' ? 'PostgreSQL ended' : end.reason)),
    ]);
  }

  static async open(options: ReplicaOptions, modules: InstanceModules): Promise<Replica> {
    const { id, source, parameters, signal, onProgress } = options;
    const { identity } = modules;
    await using opened = new AsyncDisposableStack();
    const programs = await modules.programs(source.engine.major);
    const dataDir = dataDirectory(modules.cacheDir, id, identity);
    await mkdir(dirname(dataDir), { recursive: true, mode: 0o711 });
    await removeOrphans(dataDir);
    await wipe(dataDir);
    const letGo = source.keepFor(() => 0);
    opened.defer(letGo);
    const wal = walSourceOf(source.log);
    await restore({
      store: source.store,
      wal,
      dataDir,
      target: { kind: 'latest' },
      role: 'standby',
      owner: identity,
      onProgress: ({ done, total }) => onProgress(total === 0 ? 100 : Math.floor((done / total) * 100)),
      signal,
    });
    opened.defer(() => wipe(dataDir));
    const socketDir = join(dirname(runFolders(dataDir, identity).socketDir), 'w');
    privateFolder(socketDir, identity);
    const password = randomBytes(32).toString('hex');
    const sender = await WalSender.listen({
      log: source.log,
      clock: modules.clock,
      systemId: source.systemId,
      serverVersion: source.engine.version,
      user,
      password,
      socketDir,
      port,
      owner: identity,
    });
    opened.defer(() => sender.close());
    const { adminPassword } = source.engine;
    const engine = await startEngine({
      programs,
      identity,
      dataDir,
      logger: modules.logger.child({ instance: id }),
      parameters,
      role: { kind: 'standby', source: { socketDir, port, user, password, adminPassword } },
      signal,
    });
    const replica = new Replica(engine, sender, source);
    // From here on the sender says what is needed.
    letGo();
    opened.move();
    return replica;
  }

  /** What it shows is certified. */
  async certified(): Promise<void> {}

  certifiedLsn(): undefined {
    return undefined;
  }

  earliestRestorableMs(): undefined {
    return undefined;
  }

  latestRestorableMs(): undefined {
    return undefined;
  }

  async stop(): Promise<void> {
    await this.kill();
  }

  async kill(): Promise<void> {
    this.letGo();
    await this.engine.stop('immediate');
    await this.sender.close();
    await wipe(this.engine.dataDir);
  }
}
