/** DescribeDBInstances. */
import type { InstanceRecord } from '../../model/control-records.ts';
import { instanceNotFound } from '../errors.ts';
import { passes } from '../input.ts';
import { arnOf } from '../names.ts';
import { look } from '../operation.ts';
import { pageOf } from '../pages.ts';
import { ownInstances, ownName } from '../records.ts';
import { instanceView } from '../views/instance.ts';

const filterNames = ['db-cluster-id', 'db-instance-id', 'dbi-resource-id', 'domain', 'engine'];

export const describeInstances = look('DescribeDBInstances', { DBInstanceIdentifier: 'db' }, async (call) => {
  const { input, scope } = call;
  const filters = input.filters(filterNames);
  const asked = input.text('DBInstanceIdentifier');
  const name = asked === undefined ? undefined : ownName(call, asked, 'db');
  const all = await ownInstances(call, scope);
  const found = all.filter(
    (row) => (asked === undefined || row.name === name) && passes(filters, (filter) => valuesOf(row, filter)),
  );
  if (asked !== undefined && !all.some((row) => row.name === name)) throw instanceNotFound(name ?? asked);
  const page = pageOf(input, 'DescribeDBInstances', found, (row) => row.name);
  return {
    Marker: page.marker,
    DBInstances: await Promise.all(page.items.map((row) => instanceView(call, row, all))),
  };
});

function valuesOf(row: InstanceRecord, filter: string): readonly string[] {
  switch (filter) {
    case 'db-cluster-id':
      return row.cluster === undefined ? [] : [row.cluster, arnOf(row, 'cluster', row.cluster)];
    case 'db-instance-id':
      return [row.name, arnOf(row, 'db', row.name)];
    case 'dbi-resource-id':
      return [row.id];
    case 'engine':
      return [row.engine];
    default:
      return [];
  }
}
