/** DB subnet groups. There is one network: they are kept and shown, and place nothing. */
import type { SubnetGroupRecord } from '../../model/control-records.ts';
import { clusterTable, subnetGroupTable } from '../../model/control-tables.ts';
import { invalidValue, rdsError } from '../errors.ts';
import type { Input } from '../input.ts';
import { controlLimits } from '../limits.ts';
import { change, look } from '../operation.ts';
import { readPage } from '../pages.ts';
import { ownInstances } from '../records.ts';
import { collect } from '../store.ts';
import { tagsOf } from '../tags.ts';
import { findSubnetGroup, requireSubnetGroup, subnetGroupView } from '../views/subnet-group.ts';

const member = 'DBSubnetGroupName';
const resources = { [member]: 'subgrp' } as const;
const nameForm = /^[A-Za-z0-9][A-Za-z0-9_. -]*$/;

/** @throws AwsError */
function subnetsOf(input: Input): string[] {
  const subnets = [...new Set(input.texts('SubnetIds') ?? [])];
  if (subnets.length < 2) {
    throw rdsError(
      'DBSubnetGroupDoesNotCoverEnoughAZs',
      "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Add subnets to cover at least 2 AZs.",
    );
  }
  if (subnets.length > controlLimits.subnetsPerGroupMax)
    throw rdsError(
      'DBSubnetQuotaExceededFault',
      `A DB subnet group has at most ${controlLimits.subnetsPerGroupMax} subnets.`,
    );
  const wrong = subnets.find((id) => !/^subnet-[0-9a-z]{1,32}$/.test(id));
  if (wrong !== undefined) throw rdsError('InvalidSubnet', `Some input subnets in :[${wrong}] are invalid.`);
  return subnets;
}

const create = change('CreateDBSubnetGroup', resources, async (call) => {
  const { input, scope, store, clock } = call;
  const name = input.required(member).toLowerCase();
  if (name.length > controlLimits.groupNameCharsMax || name === 'default' || !nameForm.test(name))
    throw invalidValue(`The parameter ${member} is not valid: ${name.slice(0, 100)}`);
  const description = input.required('DBSubnetGroupDescription');
  if (description.length > controlLimits.descriptionCharsMax)
    throw invalidValue(`A description has at most ${controlLimits.descriptionCharsMax} characters.`);
  if ((await findSubnetGroup(store, scope, name)) !== undefined)
    throw rdsError('DBSubnetGroupAlreadyExists', `The DB subnet group '${name}' already exists.`);
  if ((await store.count(subnetGroupTable, scope)) >= controlLimits.subnetGroupsMax)
    throw rdsError(
      'DBSubnetGroupQuotaExceeded',
      `The limit of ${controlLimits.subnetGroupsMax} DB subnet groups is reached.`,
    );
  const row: SubnetGroupRecord = {
    ...scope,
    name,
    createdMs: clock.now(),
    tags: tagsOf(input),
    description,
    subnets: subnetsOf(input),
  };
  await store.write(store.put(subnetGroupTable, row));
  return { DBSubnetGroup: subnetGroupView(row) };
});

const modify = change('ModifyDBSubnetGroup', resources, async (call) => {
  const { input, scope, store } = call;
  const row = await requireSubnetGroup(store, scope, input.required(member));
  const description = input.text('DBSubnetGroupDescription') ?? row.description;
  const changed = { ...row, description, subnets: subnetsOf(input) };
  await store.write(store.put(subnetGroupTable, changed));
  return { DBSubnetGroup: subnetGroupView(changed) };
});

const describe = look('DescribeDBSubnetGroups', resources, async (call) => {
  const { input, scope, store } = call;
  const name = input.text(member);
  if (name !== undefined)
    return { DBSubnetGroups: [subnetGroupView(await requireSubnetGroup(store, scope, name))] };
  const page = await readPage(
    input,
    'DescribeDBSubnetGroups',
    (after) => store.list(subnetGroupTable, scope, after),
    (row) => row.name,
    subnetGroupView,
  );
  return { Marker: page.marker, DBSubnetGroups: page.items };
});

const remove = change('DeleteDBSubnetGroup', resources, async (call) => {
  const { input, scope, store } = call;
  const row = await requireSubnetGroup(store, scope, input.required(member));
  const users = [...(await ownInstances(call, scope)), ...(await collect(store.list(clusterTable, scope)))];
  const user = users.find(({ subnetGroup }) => subnetGroup === row.name);
  if (user !== undefined)
    throw rdsError(
      'InvalidDBSubnetGroupStateFault',
      `Cannot delete the subnet group '${row.name}' because at least one database instance: ${user.name} is still using it.`,
    );
  await store.write(store.remove(subnetGroupTable, row));
  return {};
});

export const subnetGroupOperations = [create, modify, describe, remove];
