/** DB subnet groups: records only, as there is one network. */
import type { SubnetGroupRecord } from '../../model/control-records.ts';
import { type Scope, subnetGroupTable } from '../../model/control-tables.ts';
import { rdsError } from '../errors.ts';
import { arnOf, availabilityZones } from '../names.ts';
import type { ControlStore } from '../store.ts';

export const vpcId = 'vpc-00000000';

export function findSubnetGroup(
  store: ControlStore,
  scope: Scope,
  name: string,
): Promise<SubnetGroupRecord | undefined> {
  return store.get(subnetGroupTable, scope, name.toLowerCase());
}

/** @throws AwsError */
export async function requireSubnetGroup(
  store: ControlStore,
  scope: Scope,
  name: string,
): Promise<SubnetGroupRecord> {
  const found = await findSubnetGroup(store, scope, name);
  if (found === undefined)
    throw rdsError('DBSubnetGroupNotFoundFault', `DB subnet group '${name}' does not exist.`);
  return found;
}

export function subnetGroupView(group: SubnetGroupRecord): Readonly<Record<string, unknown>> {
  const zones = availabilityZones(group.region);
  return {
    DBSubnetGroupName: group.name,
    DBSubnetGroupDescription: group.description,
    DBSubnetGroupArn: arnOf(group, 'subgrp', group.name),
    VpcId: vpcId,
    SubnetGroupStatus: 'Complete',
    Subnets: group.subnets.map((id, index) => ({
      SubnetIdentifier: id,
      SubnetAvailabilityZone: { Name: zones[index % zones.length] },
      SubnetStatus: 'Active',
    })),
    SupportedNetworkTypes: ['IPV4'],
  };
}
