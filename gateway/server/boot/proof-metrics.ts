/** Metrics of the prover, taken from its status when somebody asks. Without a prover they have no samples. */
import { Gauge, type Registry } from 'prom-client';
import type { ProofSource, ProverState } from '../proofs.ts';

export function recordProofMetrics(registry: Registry, source: ProofSource): void {
  const gauge = (name: string, help: string, read: (status: ProverState) => number | undefined) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const status = source.status();
        const value = status === undefined ? undefined : read(status);
        if (value === undefined) this.remove();
        else this.set(value);
      },
    });
  gauge(
    'hypergate_proof_lag_seconds',
    'Age of the oldest applied write that no signed frame shows.',
    ({ lagMs }) => lagMs / 1000,
  );
  gauge('hypergate_proof_failed', '1 when nothing is proven until the next start.', ({ state }) =>
    state === 'failed' ? 1 : 0,
  );
  gauge('hypergate_proofs_waiting', 'Proofs asked for and not answered.', ({ proofs }) => proofs);
  gauge('hypergate_frame_number', 'Number of the last signed frame.', ({ last }) => last?.number);
  gauge('hypergate_frame_build_seconds', 'How long the last frame was in the making.', ({ last }) =>
    last === undefined ? undefined : last.buildMs / 1000,
  );
  gauge(
    'hypergate_frame_changed_entries',
    'Entries that the last frame changed.',
    ({ last }) => last?.changed,
  );
}
