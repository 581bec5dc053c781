/** A scheduler with real queues, what it fires into, and the functions it finds. */
import type { DomainWrite } from '@hypergate/table';
import { functionNotFound, lambdaError } from '../../../engine/errors.ts';
import type { EventInvocation, EventMessage, EventQueue } from '../../../events/api.ts';
import { targetOf } from '../../../invoke/test/support/world.ts';
import { createQueues } from '../../../queues/index.ts';
import type { ResolvedFunction } from '../../../store/api.ts';
import type { LambdaBase } from '../../../store/context.ts';
import { createScheduler, scheduleDefinition } from '../../index.ts';

/** As the queue promises: durable, together with what is written besides. Outlives the gateway. */
export class RecordingQueue implements EventQueue {
  readonly events: EventInvocation[] = [];
  readonly letters: EventMessage[] = [];
  /** Calls that are to fail. */
  failures = 0;
  error = lambdaError('ServiceException', 'Not now');
  calls = 0;
  base: LambdaBase | undefined;
  onPut: () => void = () => undefined;
  /** Before anything is written. */
  before: () => Promise<unknown> = async () => undefined;

  async put(event: EventInvocation, also: readonly DomainWrite[] = []): Promise<void> {
    this.calls += 1;
    if (this.failures-- > 0) throw this.error;
    await this.before();
    await this.base!.tables.transact(also);
    this.events.push(event);
    this.onPut();
  }

  async tell(message: EventMessage, also: readonly DomainWrite[] = []): Promise<void> {
    await this.base!.tables.transact(also);
    this.letters.push(message);
  }
}

/** There is any function but `gone`. */
export const functions = {
  async resolve(name: string): Promise<ResolvedFunction> {
    if (name === 'gone') throw functionNotFound('gone');
    return targetOf({ name });
  },
};

export function startScheduler(base: LambdaBase, queue: RecordingQueue) {
  queue.base = base;
  const queues = createQueues(base);
  const scheduler = createScheduler({ base, functions, events: queue, queues });
  return {
    scheduler,
    queues,
    definition: scheduleDefinition((work) => work(scheduler)),
    async stop() {
      await scheduler.stop();
      await queues.stop();
    },
  };
}
