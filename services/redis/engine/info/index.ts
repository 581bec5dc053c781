/** INFO as text. */
import type { Engine } from '../engine.ts';
import {
  commandStatsSection,
  errorStatsSection,
  keyspaceSection,
  latencyStatsSection,
} from './command-sections.ts';
import { memorySection } from './memory-section.ts';
import { persistenceSection, replicationSection } from './persistence-section.ts';
import type { InfoSection } from './section.ts';
import { clientsSection, cpuSection, serverSection } from './server-section.ts';
import { statsSection } from './stats-section.ts';

/** There are none, and INFO says so. */
const modulesSection: InfoSection = { name: 'modules', title: 'Modules', byDefault: true, fields: () => [] };

const clusterSection: InfoSection = {
  name: 'cluster',
  title: 'Cluster',
  byDefault: true,
  fields: (engine) => [['cluster_enabled', engine.config.flag('cluster-enabled') ? 1 : 0]],
};

/** In the order they are shown, however they are asked for. */
const sections: readonly InfoSection[] = [
  serverSection,
  clientsSection,
  memorySection,
  persistenceSection,
  statsSection,
  replicationSection,
  cpuSection,
  modulesSection,
  commandStatsSection,
  errorStatsSection,
  latencyStatsSection,
  clusterSection,
  keyspaceSection,
];

/** @param words names of sections, `default`, `all`, `everything`, in any case of letters; none for `default` */
export function infoText(engine: Engine, words: readonly string[]): string {
  const wanted = new Set(words.length === 0 ? ['default'] : words.map((word) => word.toLowerCase()));
  const all = wanted.has('all') || wanted.has('everything');
  const byDefault = wanted.has('default');
  return sections
    .filter((section) => all || (byDefault && section.byDefault) || wanted.has(section.name))
    .map((section) => {
      const lines = section.fields(engine).map(([name, value]) => `${name}:${value}\r\n`);
      return `# ${section.title}\r\n${lines.join('')}`;
    })
    .join('\r\n');
}
