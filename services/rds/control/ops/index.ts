/** Every operation of the control plane that is built. */
import type { ControlOperation } from '../operation.ts';
import { clusterChangeOperations } from './cluster-changes.ts';
import { clusterOperations } from './clusters.ts';
import { createDbInstance } from './create-instance.ts';
import { deleteInstance } from './delete-instance.ts';
import { describeInstances } from './describe-instances.ts';
import { eventOperations } from './events.ts';
import { rebootInstance, startInstance, stopInstance } from './instance-power.ts';
import { modifyInstance } from './modify-instance.ts';
import { offerOperations } from './offers.ts';
import { parameterGroupOperations } from './parameter-groups.ts';
import { createReadReplica, promoteReadReplica } from './replicas.ts';
import { restoreFromSnapshot, restoreToTime } from './restore-instance.ts';
import { snapshotOperations } from './snapshots.ts';
import { subnetGroupOperations } from './subnet-groups.ts';
import { tagOperations } from './tags.ts';

export const controlOperations: readonly ControlOperation[] = [
  createDbInstance,
  describeInstances,
  modifyInstance,
  deleteInstance,
  startInstance,
  stopInstance,
  rebootInstance,
  createReadReplica,
  promoteReadReplica,
  restoreFromSnapshot,
  restoreToTime,
  ...snapshotOperations,
  ...parameterGroupOperations,
  ...subnetGroupOperations,
  ...tagOperations,
  ...offerOperations,
  ...eventOperations,
  ...clusterOperations,
  ...clusterChangeOperations,
];
