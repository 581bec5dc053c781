/** What INFO tells of scripts and functions. */
import type { ServerFacts } from '../server-facts.ts';
import type { Scripts } from './scripts.ts';

export function provideScriptFacts(facts: ServerFacts, scripts: Scripts): void {
  const { cache, libraries } = scripts;
  facts.provide('used_memory_vm_eval', () => scripts.memory('eval'));
  facts.provide('used_memory_vm_functions', () => scripts.memory('function'));
  facts.provide('used_memory_scripts_eval', () => cache.bytes);
  facts.provide('used_memory_functions', () => libraries.bytes);
  facts.provide('used_memory_scripts', () => cache.bytes + libraries.bytes);
  facts.provide('number_of_cached_scripts', () => cache.size);
  facts.provide('number_of_functions', () => libraries.functionCount);
  facts.provide('number_of_libraries', () => libraries.size);
}
