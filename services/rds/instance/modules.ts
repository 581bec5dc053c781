/** What instances are made with. */
import type { Clock, RandomSource } from '@hypergate/kit';
import type { LocalNodePorts } from '@hypergate/node/api';
import type { TableStore } from '@hypergate/table';
import type { Logger } from 'pino';
import type { EngineMajor } from '../engine/api.ts';
import type { EngineIdentity } from '../engine/identity.ts';
import type { EnginePrograms } from '../engine/programs.ts';

export interface InstanceModules {
  readonly node: LocalNodePorts;
  readonly tables: TableStore;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly delay: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly identity: EngineIdentity;
  /** Prepares them at the first call. @throws EngineFailure */
  readonly programs: (major: EngineMajor) => Promise<EnginePrograms>;
  /** Of the lease: a process that has the gateway's directory. */
  readonly holder: Uint8Array;
  /** Random, of this process: part of boot markers. */
  readonly bootId: string;
  /** Where data directories stand; may be lost at any time. */
  readonly cacheDir: string;
}
