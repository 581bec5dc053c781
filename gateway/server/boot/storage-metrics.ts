/** Metrics of the node and of the tables, taken from their status when somebody asks. */
import type { EmbeddedNode } from '@hypergate/node/embedded';
import type { OpenTables } from '@hypergate/table';
import { Counter, Gauge, type Registry } from 'prom-client';

export function recordStorageMetrics(registry: Registry, node: EmbeddedNode, tables: OpenTables): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  gauge('hypergate_node_running', '1 while the node takes writes.', () =>
    node.status().state === 'running' ? 1 : 0,
  );
  gauge('hypergate_storage_full', '1 after the last write was refused for want of space.', () =>
    node.status().storageFull ? 1 : 0,
  );
  gauge('hypergate_log_applied_position', 'Last applied log position.', () => node.status().position);
  gauge(
    'hypergate_log_checkpoint_position',
    'Position from which a restart would replay.',
    () => node.status().checkpoint,
  );
  counter(
    'hypergate_transactions_total',
    'Transactions that were ordered.',
    () => node.status().transactions,
  );
  counter(
    'hypergate_transactions_refused_total',
    'Transactions ordered and refused.',
    () => node.status().refused,
  );
  gauge(
    'hypergate_transactions_waiting',
    'Transactions accepted and not yet ordered.',
    () => node.status().waitingTransactions,
  );
  gauge(
    'hypergate_unwritten_bytes',
    'Applied and not yet in the key-value store.',
    () => node.status().unwrittenBytes,
  );
  gauge('hypergate_chunk_files', 'Files of large ciphertext.', () => node.status().chunks.files);
  gauge('hypergate_chunk_bytes', 'Size of the chunk files.', () => node.status().chunks.bytes);
  gauge(
    'hypergate_chunk_live_bytes',
    'Part of them that records name.',
    () => node.status().chunks.liveBytes,
  );
  gauge(
    'hypergate_epoch_proofs_waiting',
    'New domains whose epoch key is not yet proved recoverable.',
    () => tables.epochProofs()?.waiting ?? 0,
  );
  counter(
    'hypergate_epoch_proofs_written_total',
    'Proofs that an epoch key is recoverable.',
    () => tables.epochProofs()?.written ?? 0,
  );
  counter(
    'hypergate_epoch_proofs_failed_total',
    'Proofs of epoch keys that could not be made or written; tried again at the next start.',
    () => tables.epochProofs()?.failed ?? 0,
  );
}
