/** Puts the engine together: all commands, types and kinds of effects. */
import { Engine, type EngineModules, type EngineOptions } from '../engine/engine.ts';
import { effectKinds, valueTypes } from '../engine/types/index.ts';
import { commands } from '../ops/index.ts';
import { luaModule } from './lua-module.ts';

export function createEngine(
  options: EngineOptions,
  modules: Omit<EngineModules, 'commands' | 'valueTypes' | 'effectKinds' | 'lua'>,
): Engine {
  return new Engine(options, { ...modules, commands, valueTypes, effectKinds, lua: luaModule() });
}
