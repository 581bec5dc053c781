/**
 * EventBridge Scheduler for functions, `arn:aws:lambda:…` and the universal target `aws-sdk:lambda:invoke`, and for queues, `arn:aws:sqs:…`. Calls are
 * Event invocations, whatever the target says.
 *
 * Left out: other targets, which are refused; keys of KMS, which are refused; asking whether the role may do what is done: targets and dead-letter
 * queues have to be of the schedule's own account and region. What was missed while no gateway ran is done once, not once for each occurrence.
 */
import type { AwsServiceDefinition } from '@hypergate/kit';
import { schemas } from '@hypergate/kit/aws/gen/scheduler';
import { rowOf, type WithSchedules } from './operation.ts';
import { groupOperations } from './ops/groups.ts';
import { scheduleOperations } from './ops/schedules.ts';

export type { ScheduleContext, WithSchedules } from './operation.ts';
export { scheduleTables } from './rows.ts';
export { createScheduler, type Scheduler } from './scheduler.ts';

/** Of the AWS port; `run` gives the scheduler while there is one. */
export function scheduleDefinition(run: WithSchedules): AwsServiceDefinition {
  return {
    signingName: 'scheduler',
    protocol: 'restJson1',
    requestIds: 'uuid',
    schemas,
    operations: [...scheduleOperations, ...groupOperations].map((one) => rowOf(one, run)),
  };
}
