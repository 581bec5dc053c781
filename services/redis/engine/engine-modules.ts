/** What an engine is made with. */
import type { CommandRow } from './command.ts';
import type { EffectKind } from './effects/effect-kind.ts';
import type { Finality } from './finality.ts';
import type { Host } from './host.ts';
import type { WasmModule } from './scripting/webassembly.ts';
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
  /** The build of Lua 5.1; without it there are no scripts. */
  readonly lua?: WasmModule;
  /** A script runs for long (`busy-reply-threshold`): called every few milliseconds to answer other clients. */
  readonly pollWhileBusy?: () => void;
  /** The long script has ended. */
  readonly noLongerBusy?: () => void;
  /** `redis.log`: levels 0 debug, 1 verbose, 2 notice, 3 warning. */
  readonly log?: (level: number, text: string) => void;
  /** SHUTDOWN: ends the process once everything is durable. */
  readonly shutdown?: () => void;
}

export interface EngineOptions {
  /** Effects leave as batches, and replies name the batch they show. */
  readonly journaling: boolean;
}
