/** CreateDBInstanceReadReplica, PromoteReadReplica. */

import { retentionOf } from '../check.ts';
import { undertake } from '../effects.ts';
import { type EngineName, engineVersions } from '../engines.ts';
import { invalidInstanceState, rdsError } from '../errors.ts';
import { controlLimits } from '../limits.ts';
import { createInstance, freeName } from '../new-instance.ts';
import { change } from '../operation.ts';
import { instanceNamed, ownInstances, requireInstance } from '../records.ts';
import { masterSecretName } from '../secrets.ts';
import { tagsOf } from '../tags.ts';
import { instanceView, statusOf } from '../views/instance.ts';

export const createReadReplica = change(
  'CreateDBInstanceReadReplica',
  { DBInstanceIdentifier: 'db' },
  async (call) => {
    const { input, scope } = call;
    const name = await freeName(call);
    const source = await instanceNamed(call, input.required('SourceDBInstanceIdentifier'));
    const status = statusOf(call, source);
    if (!['available', 'backing-up', 'modifying'].includes(status))
      throw invalidInstanceState(`The source instance is not available. It is in the state ${status}.`);
    if (source.retentionDays === 0) {
      throw invalidInstanceState(
        'Automated backups are not enabled for this database instance. To enable automated backups, use ModifyDBInstance to set the backup retention period to a non-zero value.',
      );
    }
    const all = await ownInstances(call, scope);
    if (all.filter(({ replicaOf }) => replicaOf === source.name).length >= controlLimits.replicasMax)
      throw rdsError(
        'InstanceQuotaExceeded',
        `An instance has at most ${controlLimits.replicasMax} read replicas.`,
      );
    const secret = await call.secrets.find(scope, masterSecretName(source.id, source.masterUser));
    const record = await createInstance(call, {
      name,
      engine: {
        engine: source.engine as EngineName,
        major: source.major,
        version: engineVersions[source.major],
      },
      masterUser: source.masterUser,
      source: { kind: 'replica', of: source.id },
      password: secret?.password,
      database: source.database,
      port: undefined,
      retentionDays: retentionOf(input, 0),
      base: { ...source.settings, MultiAZ: false },
      tags: tagsOf(input),
      iamAuthentication: source.iamAuthentication,
      parameterGroup: source.parameterGroup,
      replicaOf: source.name,
    });
    return { DBInstance: await instanceView(call, record) };
  },
);

export const promoteReadReplica = change(
  'PromoteReadReplica',
  { DBInstanceIdentifier: 'db' },
  async (call) => {
    const { input, events, scope } = call;
    const before = await requireInstance(call);
    if (before.replicaOf === undefined)
      throw invalidInstanceState(`DB Instance is not a read replica: ${before.name}`);
    const status = statusOf(call, before);
    if (status !== 'available')
      throw invalidInstanceState(
        `DB Instance ${before.name} is not available. It is in the state ${status}.`,
      );
    const retentionDays = retentionOf(input, 1);
    const { replicaOf: _, ...own } = before;
    const window = input.text('PreferredBackupWindow');
    const settings = window === undefined ? own.settings : { ...own.settings, PreferredBackupWindow: window };
    const intended = { ...own, settings, retentionDays, intent: { kind: 'promote', retentionDays } } as const;
    const record = await undertake(call, intended, before);
    await events.add(
      scope,
      'db-instance',
      record.name,
      'read replica',
      'Promoted Read Replica instance to a stand-alone database instance.',
    );
    return { DBInstance: await instanceView(call, record) };
  },
);
