/** Operations of the published schemas that are not there, each with its reason. */
import { parameterError } from '../engine/requirements.ts';
import { type LambdaOperation, onAccount } from './operation.ts';

const durable = 'durable executions are not supported: functions run once, and their state is their own';
const capacity = 'capacity providers are not supported: functions run in environments of the gateway';
const scaling = 'scaling of capacity providers is not supported: reserve or provision concurrency instead';
const policies =
  'whole policy documents are not supported: AddPermission and RemovePermission write policies';

/** By name. The reason is what callers are told. */
export const refusals: Readonly<Record<string, string>> = {
  CheckpointDurableExecution: durable,
  GetDurableExecution: durable,
  GetDurableExecutionHistory: durable,
  GetDurableExecutionState: durable,
  ListDurableExecutionsByFunction: durable,
  SendDurableExecutionCallbackFailure: durable,
  SendDurableExecutionCallbackHeartbeat: durable,
  SendDurableExecutionCallbackSuccess: durable,
  StopDurableExecution: durable,
  CreateCapacityProvider: capacity,
  DeleteCapacityProvider: capacity,
  GetCapacityProvider: capacity,
  ListCapacityProviders: capacity,
  ListFunctionVersionsByCapacityProvider: capacity,
  UpdateCapacityProvider: capacity,
  GetFunctionScalingConfig: scaling,
  PutFunctionScalingConfig: scaling,
  DeleteResourcePolicy: policies,
  GetResourcePolicy: policies,
  PutResourcePolicy: policies,
};

export const refusedOperations: readonly LambdaOperation[] = Object.entries(refusals).map(([name, reason]) =>
  onAccount(
    name,
    () => '*',
    async () => {
      throw parameterError(`The operation ${name} is refused: ${reason}.`);
    },
  ),
);
