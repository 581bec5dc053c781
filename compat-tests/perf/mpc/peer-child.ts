/** Runs emp-wasm once in a process of its own, which can be ended when it takes too long. */
import { runEmpWasm } from '../../lib/emp-wasm.ts';

export interface PeerTask {
  /** Text of the old Bristol format. */
  readonly circuit: string;
  readonly inputs: readonly [Uint8Array, Uint8Array];
}

export type PeerAnswer =
  | { readonly output: Uint8Array; readonly wallMs: number; readonly cpuMs: number }
  | { readonly error: string };

process.once('message', (task: PeerTask) => {
  measure(task).then(answer, (error: unknown) => answer({ error: String(error) }));
});

async function measure({ circuit, inputs }: PeerTask): Promise<PeerAnswer> {
  const before = process.cpuUsage();
  const at = performance.now();
  const output = await runEmpWasm(circuit, inputs);
  const wallMs = performance.now() - at;
  const { user, system } = process.cpuUsage(before);
  return { output, wallMs, cpuMs: (user + system) / 1000 };
}

function answer(message: PeerAnswer): void {
  process.send?.(message, () => process.exit());
}
