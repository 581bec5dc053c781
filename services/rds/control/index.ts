/**
 * The control plane of RDS: the query API of 2014-10-31 over records in the registry domain and `Instances`, which do what is
 * asked for. One gateway at a time has it.
 *
 * Left out, and answered with `NotImplemented`: proxies, global clusters, custom engine versions, blue/green deployments, export
 * tasks, integrations, tenant databases, shard groups, security groups outside of a VPC, option groups of one's own, event
 * subscriptions, reserved instances, recommendations, activity streams, roles of instances, cross-region copies, automated
 * backups as records of their own, custom cluster endpoints, contents of log files.
 */
import type { AwsServiceDefinition, Clock, RandomSource } from '@hypergate/kit';
import { schemas } from '@hypergate/kit/aws/gen/rds';
import type { TableStore } from '@hypergate/table';
import type { Logger } from 'pino';
import type { Instances } from '../instance/api.ts';
import { Line } from '../model/line.ts';
import { registryAddress } from '../model/registry.ts';
import type { ControlContext } from './context.ts';
import { EventLog } from './events.ts';
import { Jobs } from './jobs.ts';
import { rowOf, type WithContext } from './operation.ts';
import { controlOperations } from './ops/index.ts';
import { reconcile } from './reconcile.ts';
import { Secrets } from './secrets.ts';
import { recordStates } from './state-events.ts';
import { ControlStore } from './store.ts';

export type { ControlContext } from './context.ts';
export { type DefaultInstance, defaultInstanceName, ensureDefault } from './default-instance.ts';
export { runMaintenance } from './maintenance.ts';
export { resetControl } from './reset.ts';
export { secretArn } from './secrets.ts';

export interface ControlModules {
  readonly tables: TableStore;
  readonly instances: Instances;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
}

/** Opens the records and takes up what an earlier process left. Instances must be open. */
export async function openControl(modules: ControlModules): Promise<ControlContext> {
  const { tables, instances, clock, random, logger } = modules;
  const store = new ControlStore(tables, await tables.ensureDomain(registryAddress));
  const context: ControlContext = {
    store,
    instances,
    clock,
    random,
    logger,
    events: new EventLog(store, () => clock.now()),
    secrets: new Secrets(store),
    jobs: new Jobs(logger),
    line: new Line(),
  };
  recordStates(context);
  await context.line.run(() => reconcile(context));
  return context;
}

/** Of the AWS port; `run` gives the context while there is one. */
export function controlDefinition(run: WithContext): AwsServiceDefinition {
  return {
    signingName: 'rds',
    protocol: 'query',
    queryVersion: '2014-10-31',
    requestIds: 'uuid',
    schemas,
    operations: controlOperations.map((one) => rowOf(one, run)),
  };
}
