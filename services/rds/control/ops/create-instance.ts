/** CreateDBInstance: an instance of its own, or a member of a cluster. */
import { databaseOf, instanceClassOf, masterUserOf, portOf, retentionOf } from '../check.ts';
import { addMember } from '../cluster-members.ts';
import { engineOf, versionOf } from '../engines.ts';
import { invalidCombination, invalidValue } from '../errors.ts';
import { createInstance, freeName, masterPasswordOf } from '../new-instance.ts';
import { change } from '../operation.ts';
import { clusterNamed } from '../records.ts';
import { defaultSettings } from '../settings.ts';
import { tagsOf } from '../tags.ts';
import { instanceView } from '../views/instance.ts';

export const createDbInstance = change('CreateDBInstance', { DBInstanceIdentifier: 'db' }, async (call) => {
  const { input, scope } = call;
  const name = await freeName(call);
  const engine = engineOf(input.required('Engine'));
  instanceClassOf(input.required('DBInstanceClass'));
  const clusterName = input.text('DBClusterIdentifier');
  if (clusterName !== undefined) {
    const cluster = await clusterNamed(call, clusterName);
    if (cluster.engine !== engine)
      throw invalidCombination(
        `The engine name requested for your DB instance (${engine}) doesn't match the engine name of your DB cluster (${cluster.engine}).`,
      );
    if (cluster.ownMembers > 0)
      throw invalidCombination('Instances of a Multi-AZ DB cluster are made with the cluster.');
    return { DBInstance: await instanceView(call, await addMember(call, cluster, name)) };
  }
  if (engine !== 'postgres')
    throw invalidCombination(`DBClusterIdentifier is required for the engine ${engine}.`);
  if (!input.has('AllocatedStorage'))
    throw invalidValue('Invalid storage size for engine name postgres and storage type gp2: null');
  const masterUser = masterUserOf(input);
  const record = await createInstance(call, {
    name,
    engine: versionOf(engine, input.text('EngineVersion')),
    masterUser,
    source: { kind: 'empty' },
    ...masterPasswordOf(call),
    database: databaseOf(input, 'DBName'),
    port: portOf(input),
    retentionDays: retentionOf(input, 1),
    base: defaultSettings(scope.region),
    tags: tagsOf(input),
  });
  return { DBInstance: await instanceView(call, record) };
});
