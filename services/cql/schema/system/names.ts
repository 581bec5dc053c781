/** Keyspaces that the system makes itself. */

export const localSystemKeyspaces: readonly string[] = ['system', 'system_schema'];
export const replicatedSystemKeyspaces: readonly string[] = [
  'system_auth',
  'system_distributed',
  'system_traces',
];
export const virtualKeyspaces: readonly string[] = ['system_views', 'system_virtual_schema'];

export const isLocalSystem = (name: string): boolean => localSystemKeyspaces.includes(name.toLowerCase());
export const isReplicatedSystem = (name: string): boolean =>
  replicatedSystemKeyspaces.includes(name.toLowerCase());
export const isSystemKeyspace = (name: string): boolean =>
  isLocalSystem(name) || isReplicatedSystem(name) || virtualKeyspaces.includes(name.toLowerCase());
