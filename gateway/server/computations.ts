/** What the admin API asks of the service that keeps circuits and records of computations. */
import { ComputationRefused, type Computations, type Service } from '@hypergate/kit';

/** @throws ComputationRefused when no service of this gateway keeps any */
export function requireComputations(services: readonly Service[]): Computations {
  for (const { computations } of services) if (computations !== undefined) return computations;
  throw new ComputationRefused(503, 'no service here keeps circuits and computations (HYPERGATE_SERVICES)');
}
