/** What an engine is made with. */
import type { CommandRow } from './command.ts';
import type { EffectKind } from './effects/effect-kind.ts';
import type { Finality } from './finality.ts';
import type { Host } from './host.ts';
import type { ValueType } from './value.ts';

export interface EngineModules {
  readonly clock: {
    /** Milliseconds since 1970. */
    now(): number;
    /** Milliseconds with fractions, from any start: how long commands take. Of `performance` unless given. */
    precise?(): number;
  };
  /** Evenly in [0, 1). */
  readonly random: () => number;
  readonly commands: readonly CommandRow[];
  readonly valueTypes: readonly ValueType[];
  readonly effectKinds: readonly EffectKind[];
  /** The process; an engine in a simulation has none. */
  readonly host?: Host;
  /** What of the journal is safe: for WAIT and WAITAOF. */
  readonly finality?: Finality;
  /** SHUTDOWN: ends the process once everything is durable. */
  readonly shutdown?: () => void;
}

export interface EngineOptions {
  /** Effects leave as batches, and replies name the batch they show. */
  readonly journaling: boolean;
}
