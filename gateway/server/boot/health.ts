/** What is ready: one answer for the admin API, the health routes of the AWS port and the command line. */
import type { Service } from '@hypergate/kit';
import type { Health, Phase } from '@hypergate/openapi/admin';

export interface HealthSources {
  readonly phase: () => Phase;
  /** Why the node takes no writes, undefined when it does. */
  readonly failure: () => string | undefined;
  readonly services: () => readonly Service[];
}

export function readHealth(sources: HealthSources): Health {
  const services = sources.services().map((service) => ({ name: service.name, ...service.health() }));
  const phase = sources.phase();
  if (phase !== 'running') return { ready: false, reason: `the gateway is ${phase}`, services };
  const failure = sources.failure();
  if (failure !== undefined) return { ready: false, reason: failure, services };
  const failing = services.find(({ ready }) => !ready);
  if (failing === undefined) return { ready: true, services };
  return { ready: false, reason: `${failing.name}: ${failing.reason ?? 'not ready'}`, services };
}
