/** A party of a benchmark in a process of its own: does what it is told, one thing after the other. */
import type { BenchCircuit } from './circuits.ts';
import type { Cost } from './costs.ts';
import { BenchParty, type PartyOrder } from './party.ts';

export type PartyTask =
  | { readonly type: 'listen' }
  | { readonly type: 'open'; readonly order: PartyOrder }
  | { readonly type: 'run'; readonly circuit: BenchCircuit };

export type PartyAnswer =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'done'; readonly cost: Cost }
  | { readonly type: 'failed'; readonly error: string };

const party = new BenchParty();

process.on('message', (task: PartyTask) => {
  answer(task).then(
    (message) => process.send?.(message),
    (error: unknown) => process.send?.({ type: 'failed', error: String(error) } satisfies PartyAnswer),
  );
});
process.on('disconnect', () => process.exit());

async function answer(task: PartyTask): Promise<PartyAnswer> {
  switch (task.type) {
    case 'listen':
      return { type: 'listening', port: await party.listen() };
    case 'open':
      return { type: 'done', cost: await party.open(task.order) };
    case 'run':
      return { type: 'done', cost: await party.run(task.circuit) };
  }
}
