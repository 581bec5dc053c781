/** INFO: memory. `used_memory` is what keys and values take, by count; the process's own figures come from its host. */
import { allClientBytes } from '../client-memory.ts';
import { engineLimits } from '../limits.ts';
import { bytesAndHuman, type InfoSection, ratio } from './section.ts';

export const memorySection: InfoSection = {
  name: 'memory',
  title: 'Memory',
  byDefault: true,
  fields(engine) {
    const { facts, config } = engine;
    const host = engine.host.memory();
    const used = engine.usedMemory();
    const peak = Math.max(facts.peakBytes, used);
    const base = engineLimits.emptyEngineBytes;
    const dataset = used - base;
    const clients = allClientBytes(engine);
    const scripts = Number(facts.field('used_memory_vm_eval', 0));
    const functions = Number(facts.field('used_memory_vm_functions', 0));
    return [
      ...bytesAndHuman('used_memory', used),
      ...bytesAndHuman('used_memory_rss', host.resident),
      ...bytesAndHuman('used_memory_peak', peak),
      ['used_memory_peak_perc', `${((used / peak) * 100).toFixed(2)}%`],
      ['used_memory_overhead', base + clients],
      ['used_memory_startup', base],
      ['used_memory_dataset', dataset],
      ['used_memory_dataset_perc', `${(dataset === 0 ? 0 : (dataset / (used - base)) * 100).toFixed(2)}%`],
      ['allocator_allocated', host.heapUsed],
      ['allocator_active', host.heapTotal],
      ['allocator_resident', host.heapTotal + host.external],
      ...bytesAndHuman('total_system_memory', engine.host.systemMemoryBytes),
      ...bytesAndHuman('used_memory_lua', scripts),
      ['used_memory_vm_eval', scripts],
      ['used_memory_scripts_eval', facts.field('used_memory_scripts_eval', 0)],
      ['number_of_cached_scripts', facts.field('number_of_cached_scripts', 0)],
      ['number_of_functions', facts.field('number_of_functions', 0)],
      ['number_of_libraries', facts.field('number_of_libraries', 0)],
      ['used_memory_vm_functions', functions],
      ...bytesAndHuman('used_memory_vm_total', scripts + functions),
      ['used_memory_functions', facts.field('used_memory_functions', 0)],
      ...bytesAndHuman('used_memory_scripts', Number(facts.field('used_memory_scripts', 0))),
      ...bytesAndHuman('maxmemory', config.number('maxmemory')),
      ['maxmemory_policy', config.get('maxmemory-policy')],
      ['heap_limit', host.heapLimit],
      ['allocator_frag_ratio', ratio(host.heapTotal, host.heapUsed)],
      ['allocator_frag_bytes', host.heapTotal - host.heapUsed],
      ['allocator_rss_ratio', ratio(host.heapTotal + host.external, host.heapTotal)],
      ['allocator_rss_bytes', host.external],
      ['rss_overhead_ratio', ratio(host.resident, host.heapTotal + host.external)],
      ['rss_overhead_bytes', host.resident - host.heapTotal - host.external],
      ['mem_fragmentation_ratio', ratio(host.resident, used)],
      ['mem_fragmentation_bytes', host.resident - used],
      ['mem_not_counted_for_evict', 0],
      ['mem_replication_backlog', 0],
      ['mem_total_replication_buffers', 0],
      ['mem_clients_slaves', 0],
      ['mem_clients_normal', clients],
      ['mem_cluster_links', 0],
      ['mem_aof_buffer', engine.effects.bytes],
      ['mem_allocator', 'v8'],
      ['active_defrag_running', 0],
      ['lazyfree_pending_objects', 0],
      ['lazyfreed_objects', engine.stats.lazyFreedObjects],
    ];
  },
};
