/** Puts the engine together: all commands, types and kinds of effects. */
import { Engine, type EngineModules, type EngineOptions } from '../engine/engine.ts';
import { effectKinds, valueTypes } from '../engine/types/index.ts';
import { commands } from '../ops/index.ts';
import { luaModule } from './lua-module.ts';

export function createEngine(
  options: EngineOptions,
  modules: Pick<EngineModules, 'clock' | 'random' | 'pollWhileBusy' | 'noLongerBusy' | 'log'>,
): Engine {
  const engine = new Engine(options, { ...modules, commands, valueTypes, effectKinds, lua: luaModule() });
  engine.config.define([{ name: 'appendfsync', initial: 'always', parse: (text) => text }]);
  return engine;
}
