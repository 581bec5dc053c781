/** INFO: the server, its clients and its processor time. */
import { hypergateVersion, redisVersion } from '../version.ts';
import type { InfoSection } from './section.ts';

const secondsADay = 86_400;

export const serverSection: InfoSection = {
  name: 'server',
  title: 'Server',
  byDefault: true,
  fields(engine) {
    const { host, facts, config, now } = engine;
    const uptime = Math.floor((now - facts.startedAt) / 1000);
    const port = config.get('port');
    return [
      ['redis_version', redisVersion],
      ['redis_git_sha1', '00000000'],
      ['redis_git_dirty', 0],
      ['redis_build_id', '0000000000000000'],
      ['hypergate_version', hypergateVersion],
      ['redis_mode', config.flag('cluster-enabled') ? 'cluster' : 'standalone'],
      ['os', host.operatingSystem],
      ['arch_bits', 64],
      ['monotonic_clock', 'POSIX clock_gettime'],
      ['multiplexing_api', 'libuv'],
      ['runtime', host.runtime],
      ['process_id', host.processId],
      ['process_supervised', 'no'],
      ['run_id', facts.runId],
      ['tcp_port', port],
      ['server_time_usec', now * 1000],
      ['uptime_in_seconds', uptime],
      ['uptime_in_days', Math.floor(uptime / secondsADay)],
      ['hz', config.get('hz')],
      ['configured_hz', config.get('hz')],
      // Seconds in 24 bits, the clock of OBJECT IDLETIME.
      ['lru_clock', Math.floor(now / 1000) % 2 ** 24],
      ['executable', host.executable],
      ['config_file', ''],
      ['io_threads_active', 0],
      ['listener0', `name=tcp,bind=${config.get('bind')},port=${port}`],
    ];
  },
};

export const clientsSection: InfoSection = {
  name: 'clients',
  title: 'Clients',
  byDefault: true,
  fields(engine) {
    const { facts, blocking, clients } = engine;
    const blockingKeys = blocking.countKeys();
    let largestOutput = 0;
    for (const client of clients.values()) {
      largestOutput = Math.max(largestOutput, client.port.output.pendingBytes);
    }
    return [
      ['connected_clients', clients.size],
      ['cluster_connections', 0],
      ['maxclients', engine.config.get('maxclients')],
      ['client_recent_max_input_buffer', facts.field('client_recent_max_input_buffer', 0)],
      ['client_recent_max_output_buffer', largestOutput],
      ['blocked_clients', blocking.size + engine.pause.size],
      ['tracking_clients', facts.field('tracking_clients', 0)],
      ['clients_in_timeout_table', facts.field('clients_in_timeout_table', 0)],
      ['total_blocking_keys', blockingKeys.all],
      ['total_blocking_keys_on_nokey', blockingKeys.onDelete],
    ];
  },
};

export const cpuSection: InfoSection = {
  name: 'cpu',
  title: 'CPU',
  byDefault: true,
  fields(engine) {
    const { userSeconds, systemSeconds } = engine.host.cpu();
    return [
      ['used_cpu_sys', systemSeconds.toFixed(6)],
      ['used_cpu_user', userSeconds.toFixed(6)],
      ['used_cpu_sys_children', '0.000000'],
      ['used_cpu_user_children', '0.000000'],
      ['used_cpu_sys_main_thread', systemSeconds.toFixed(6)],
      ['used_cpu_user_main_thread', userSeconds.toFixed(6)],
    ];
  },
};
