/** Puts the engine together: all commands, types and kinds of effects. */
import { Engine, type EngineModules, type EngineOptions } from '../engine/engine.ts';
import { effectKinds, valueTypes } from '../engine/types/index.ts';
import { commands } from '../ops/index.ts';

export function createEngine(
  options: EngineOptions,
  modules: Omit<EngineModules, 'commands' | 'valueTypes' | 'effectKinds'>,
): Engine {
  return new Engine(options, { ...modules, commands, valueTypes, effectKinds });
}
